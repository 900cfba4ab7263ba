import { describe, expect, it } from '@jest/globals';
import { forcedPrompt, withoutEnd } from '../../../../../bench/gpu/forced-texts.ts';
import { filesIn, layOutWhisper } from '../../../../../bench/gpu/whisper-model/model-folder.ts';
import { VOCABULARY_SIZE } from '../../../../../bench/gpu/whisper-model/shapes.ts';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import { openSpeechModel } from '../../../../../gpu-container/src/transcribe/whisper/in-graph/speech-model.ts';
import { describeWhisper } from '../../../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

const TOKENS = 5;

describe('a Whisper with random weights', () => {
  it('has the tokens of large-v3 and writes as many as it is told to', async () => {
    await using scratch = await makeScratchDir();
    const tiny = await modelStoreFromEnvironment().pull('whisper-tiny');
    const folder = await layOutWhisper('miniature', tiny, scratch.path);
    expect(await layOutWhisper('miniature', tiny, scratch.path)).toBe(folder);

    const whisper = withoutEnd(await describeWhisper(filesIn(folder)));
    const { vocabulary, tokenizer } = whisper;
    expect(vocabulary.languages.get('yue')).toBe(tokenizer.tokenId('<|yue|>'));
    expect(vocabulary.tasks).toEqual({
      transcribe: tokenizer.tokenId('<|transcribe|>'),
      translate: tokenizer.tokenId('<|translate|>'),
    });
    expect(vocabulary.noTimestamps).toBe(tokenizer.tokenId('<|notimestamps|>'));
    expect(tokenizer.tokenId('<|30.00|>')).toBe(VOCABULARY_SIZE - 1);

    const model = await openSpeechModel(filesIn(folder), whisper);
    const samples = [0, 1].map((seed) => noise(seed));
    const prompts = samples.map(() => forcedPrompt(whisper));
    const asked = { timestamps: false, temperature: 0, stopAtLoops: false } as const;
    const { texts } = await model.run({ samples, prompts, ...asked, maxNewTokens: TOKENS });
    await model.dispose();
    const [first, second] = texts.map(([text]) => text!);
    expect([first!.tokens.length, second!.tokens.length]).toEqual([TOKENS, TOKENS]);
    expect(first!.logprobs.every((logprob) => logprob < 0 && logprob > -20)).toBe(true);
    expect(first!.logprobs).not.toEqual(second!.logprobs);
  });
});

function noise(seed: number): Float32Array {
  return Float32Array.from({ length: 16_000 }, (_, at) => Math.sin(at * at * (1 + seed)) / 4);
}
