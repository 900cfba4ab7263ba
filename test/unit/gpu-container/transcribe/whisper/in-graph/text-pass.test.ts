import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ELEMENT } from '../../../../../../gpu-container/src/onnx/graph/literals.ts';
import type { OnnxModel } from '../../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { logMel } from '../../../../../../gpu-container/src/transcribe/mel/log-mel.ts';
import { concatenateRows } from '../../../../../../gpu-container/src/transcribe/whisper/batch-rows.ts';
import {
  type EncoderStates,
  encodeFeatures,
} from '../../../../../../gpu-container/src/transcribe/whisper/encoder.ts';
import {
  openTextPass,
  type PassedText,
} from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/text-pass.ts';
import {
  buildPublishedTextPass,
  buildTextPass,
} from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/text-pass-graph.ts';
import { readPublishedWeights } from '../../../../../../gpu-container/src/transcribe/whisper/network/published-weights.ts';
import { buildPrompt } from '../../../../../../gpu-container/src/transcribe/whisper/prompt.ts';
import { readKennedy } from '../../demo-speech.ts';
import { expectClose } from '../expect-same-texts.ts';
import { type PublishedTiny, publishedTiny, readClip } from '../published-tiny.ts';

const OPTIONS = { language: 'en', task: 'transcribe', timestamps: false } as const;
const TEXTS = [
  ' And so my fellow Americans, ask not what your country can do for you.',
  ' Green elephants rarely sing.',
];

describe('a text pass of whisper-tiny, from published weights', () => {
  let tiny: PublishedTiny;
  let states: EncoderStates;

  beforeAll(async () => {
    tiny = await publishedTiny();
    const { dimensions } = tiny.whisper;
    const encoder = await tiny.openExport('encoder');
    const extract = logMel(dimensions.melBins);
    const rows: EncoderStates[] = [];
    for (const clip of [await readKennedy(), await readClip('0880')]) {
      rows.push(await encodeFeatures(encoder, extract(clip), dimensions));
    }
    states = concatenateRows(rows);
    await encoder.dispose();
  });

  afterAll(() => tiny.dispose());

  it('tells of texts what that of an export of the same weights tells', async () => {
    const { dimensions, vocabulary, tokenizer, alignmentHeads: heads } = tiny.whisper;
    const prompt = buildPrompt(OPTIONS, vocabulary, tokenizer, dimensions).tokens;
    const texts = TEXTS.map((text) => [...prompt, ...tokenizer.encode(text)]);
    const rules = { endOfText: vocabulary.endOfText, heads };
    const published = await readPublishedWeights(tiny.files);
    const ours = await passThrough(
      texts,
      buildPublishedTextPass(published, dimensions, ELEMENT.float32, rules),
    );
    const theirs = await passThrough(texts, buildTextPass(await tiny.readExport('decoder'), rules));

    for (const [row, passed] of ours.entries()) {
      expect(passed.logprobs).toHaveLength(texts[row]!.length - 1);
      expect(passed.heads).toHaveLength(heads.length);
      expectClose(ofText(passed), ofText(theirs[row]!), 1e-3);
      for (const [head, listened] of passed.heads.entries()) {
        expectClose(listened, theirs[row]!.heads[head]!, 1e-3);
      }
    }
    // One text is what is said, the other is not.
    expect(meanOf(ofText(ours[0]!))).toBeGreaterThan(-1);
    expect(meanOf(ofText(ours[1]!))).toBeLessThan(-2);

    /** What comes before means nothing: a token of the prompt is no text. */
    function ofText({ logprobs }: PassedText): Float32Array {
      return logprobs.subarray(prompt.length - 1);
    }
  });

  async function passThrough(
    texts: readonly (readonly number[])[],
    model: OnnxModel,
  ): Promise<PassedText[]> {
    const { whisper, weightsPath: path } = tiny;
    const textPass = await openTextPass({ path, model }, whisper.alignmentHeads, whisper);
    const passed = await textPass.pass(states, texts);
    await textPass.dispose();
    return passed;
  }
});

function meanOf(numbers: Float32Array): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
