import { openSession, type SessionOptions } from '../../onnx/session.ts';
import { tokenTensor } from '../../onnx/token-tensor.ts';
import { unitLength } from '../../vector/unit-length.ts';
import { type ClipTokenizer, padTokens } from './clip-tokens.ts';
import { embeddingRows } from './embedding-rows.ts';

/** The half of CLIP that reads. */
export type ClipText = {
  /**
   * An embedding of each text, scaled to length 1, comparable with those of images.
   *
   * @throws RangeError for no texts
   */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
  /** The projections as the model puts them out, of whatever length. */
  project(texts: readonly string[]): Promise<Float32Array[]>;
  dispose(): Promise<void>;
};

const OUTPUT = 'text_embeds';

/**
 * Loads the text half of CLIP, an export of transformers' `CLIPTextModelWithProjection`.
 * The length of an embedding is the model's.
 *
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openClipText({
  path,
  tokenizer,
  ...options
}: { path: string; tokenizer: ClipTokenizer } & SessionOptions): Promise<ClipText> {
  const session = await openSession(path, options);
  if (!session.inputs.has('input_ids')) {
    throw new RangeError(`The model takes ${session.inputNames.join(', ')}, not input_ids`);
  }
  // Not every published export declares it: attention is causal, which makes it redundant.
  const takesMask = session.inputs.has('attention_mask');
  const project = async (texts: readonly string[]) => {
    if (texts.length === 0) {
      throw new RangeError('There is no text to embed');
    }
    const { ids, mask } = padTokens(
      texts.map((text) => tokenizer.tokenize(text)),
      tokenizer.endOfText,
    );
    const outputs = await session.run(
      {
        input_ids: tokenTensor(ids),
        ...(takesMask && { attention_mask: tokenTensor(mask) }),
      },
      [OUTPUT],
    );
    return embeddingRows(outputs[OUTPUT]);
  };
  return {
    embed: async (texts) => (await project(texts)).map(unitLength),
    project,
    dispose: () => session.dispose(),
  };
}
