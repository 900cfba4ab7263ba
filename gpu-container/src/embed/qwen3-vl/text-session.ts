import { floatsOf, floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
import { type OnnxSession, openSession, type SessionOptions } from '../../onnx/session.ts';
import { lengthBatches } from '../text/length-batches.ts';
import { int64Tensor } from './int64-tensor.ts';
import { placeVisuals, type SeenPrompt } from './visual-rows.ts';

/** The half of Qwen3-VL that reads, and sees by what it is given of the other. */
export type Qwen3Text = {
  /** Length of its vectors. */
  readonly hidden: number;
  /**
   * What the last token of each prompt knows, of whatever length; prompts of similar
   * length share a forward pass.
   *
   * @throws RangeError for visuals that are not those of the prompt
   */
  embed(prompts: readonly SeenPrompt[]): Promise<Float32Array[]>;
  dispose(): Promise<void>;
};

/** Attention over all of a prompt takes memory with the square of its tokens. */
const BATCH_LIMITS = {
  cpu: { maxRows: 16, maxTokens: 2_048, passTokens: 16 },
  cuda: { maxRows: 64, maxTokens: 16_384, passTokens: 512 },
} as const;

const EMBEDS = 'visual_embeds';
const DEEPSTACK = 'deepstack_embeds';
const OUTPUT = 'last_token';

/**
 * Loads the language model that gpu-container/models/export/qwen3-vl-embedding.py exports:
 * - `input_ids`, `attention_mask` int64 [prompts, width], padded at the end; `position_ids` int64 [3, prompts, width]
 * - `visual_rows` int64 [prompts, width]: which row of the next two goes in a token's place, 0 for none
 * - `visual_embeds` float [rows, hidden], `deepstack_embeds` float [levels, rows, hidden], their row 0 all zeros
 * - → `last_token` float [prompts, hidden]: of each prompt's last token, after the last layer and its norm
 *
 * @param padToken what fills up the shorter prompts of a pass
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openQwen3Text({
  path,
  padToken,
  device = 'cpu',
  ...options
}: { path: string; padToken: number } & SessionOptions): Promise<Qwen3Text> {
  const session = await openSession(path, { device, ...options });
  const { hidden, levels } = widthsOf(session);
  const embedType = floatTypeOf(session, EMBEDS);
  const deepstackType = floatTypeOf(session, DEEPSTACK);

  const pass = async (prompts: readonly SeenPrompt[]): Promise<Float32Array[]> => {
    const width = Math.max(...prompts.map(({ prompt }) => prompt.ids.length));
    const shape = [prompts.length, width];
    const padded = (row: readonly number[], filler: number) => [
      ...row,
      ...Array<number>(width - row.length).fill(filler),
    ];
    const visuals = placeVisuals(prompts, { hidden, levels });
    const { [OUTPUT]: last } = await session.run(
      {
        input_ids: int64Tensor(
          prompts.flatMap(({ prompt }) => padded(prompt.ids, padToken)),
          shape,
        ),
        attention_mask: int64Tensor(
          prompts.flatMap(({ prompt }) => padded(Array(prompt.ids.length).fill(1), 0)),
          shape,
        ),
        position_ids: int64Tensor(
          [0, 1, 2].flatMap((axis) =>
            prompts.flatMap(({ prompt }) => padded(prompt.positions[axis]!, 0)),
          ),
          [3, ...shape],
        ),
        visual_rows: int64Tensor(
          visuals.rowsOfPrompts.flatMap((rows) => padded(rows, 0)),
          shape,
        ),
        [EMBEDS]: floatTensor(embedType, visuals.embeds, [visuals.rowCount, hidden]),
        [DEEPSTACK]: floatTensor(deepstackType, visuals.deepstack, [
          levels,
          visuals.rowCount,
          hidden,
        ]),
      },
      [OUTPUT],
    );
    const vectors = floatsOf(last);
    return prompts.map((_, row) => vectors.slice(row * hidden, (row + 1) * hidden));
  };

  return {
    hidden,
    async embed(prompts) {
      const lengths = prompts.map(({ prompt }) => prompt.ids.length);
      const vectors = new Array<Float32Array>(prompts.length);
      for (const batch of lengthBatches(lengths, BATCH_LIMITS[device])) {
        const rows = await pass(batch.map((index) => prompts[index]!));
        for (const [row, index] of batch.entries()) {
          vectors[index] = rows[row]!;
        }
      }
      return vectors;
    },
    dispose: () => session.dispose(),
  };
}

/** @throws RangeError for a graph that does not say how long its vectors are */
function widthsOf(session: OnnxSession): { hidden: number; levels: number } {
  const [levels, , hidden] = session.inputs.get(DEEPSTACK)?.shape ?? [];
  if (typeof levels !== 'number' || typeof hidden !== 'number') {
    throw new RangeError(`The model takes no ${DEEPSTACK} of a known size`);
  }
  return { hidden, levels };
}
