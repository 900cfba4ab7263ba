import { describe, expect, it } from '@jest/globals';
import type { TextTokenizer } from '../../../../../gpu-container/src/transcribe/tokenizer.ts';
import {
  tokenSegments,
  windowResult,
} from '../../../../../gpu-container/src/transcribe/whisper/segments.ts';
import { at, VOCABULARY } from './sample-vocabulary.ts';

const WINDOW_SECONDS = 2;

function timesOf(tokens: number[]) {
  const { segments, settledSeconds } = tokenSegments(tokens, VOCABULARY, WINDOW_SECONDS);
  return {
    segments: segments.map(({ start, end }) => [start, end].map((s) => Number(s.toFixed(2)))),
    settledSeconds: Number(settledSeconds.toFixed(2)),
  };
}

describe('tokenSegments', () => {
  it('cuts at pairs and settles the whole window after a last single timestamp', () => {
    expect(timesOf([at(0), 1, at(0.5), at(0.6), 1, at(1.2)])).toEqual({
      segments: [
        [0, 0.5],
        [0.6, 1.2],
      ],
      settledSeconds: WINDOW_SECONDS,
    });
  });

  it('leaves what comes after the last pair to the next window', () => {
    expect(timesOf([at(0), 1, at(0.5), at(0.6), 1, at(1.2), at(1.2), 1, 1])).toEqual({
      segments: [
        [0, 0.5],
        [0.6, 1.2],
      ],
      settledSeconds: 1.2,
    });
  });

  it('goes on from a pair at the very end', () => {
    expect(timesOf([at(0), 1, at(1.4), at(1.4)])).toEqual({
      segments: [[0, 1.4]],
      settledSeconds: 1.4,
    });
  });

  it('takes one segment up to the last timestamp where there is no pair', () => {
    expect(timesOf([at(0), 1, 1, at(1.8)])).toEqual({
      segments: [[0, 1.8]],
      settledSeconds: WINDOW_SECONDS,
    });
  });

  it('takes the whole window where the segment is never closed', () => {
    expect(timesOf([at(0), 1, 1])).toEqual({ segments: [[0, 2]], settledSeconds: WINDOW_SECONDS });
    expect(timesOf([at(0.4), 1, 1])).toEqual({
      segments: [[0, 2]],
      settledSeconds: WINDOW_SECONDS,
    });
  });

  it('takes the whole window where there are no timestamps', () => {
    expect(timesOf([1, 1])).toEqual({ segments: [[0, 2]], settledSeconds: WINDOW_SECONDS });
  });
});

describe('windowResult', () => {
  const AUDIO = { samples: new Float32Array(32_000) };
  const tokenizer: TextTokenizer = {
    encode: () => [],
    decode: (tokens) => tokens.map((token) => ` w${token}`).join(''),
    tokenId: () => undefined,
  };

  it('gives trimmed texts without special tokens, per segment and together', () => {
    const tokens = [at(0), 1, 4, at(0.5), at(0.6), 5, at(1.2)];
    const result = windowResult(tokens, AUDIO, VOCABULARY, tokenizer);

    expect(result.text).toBe('w1 w4 w5');
    expect(result.segments.map(({ text }) => text)).toEqual(['w1 w4', 'w5']);
    expect(result.settledSamples).toBe(32_000);
  });

  it('writes a text on one line', () => {
    const broken = { ...tokenizer, decode: () => ' one\n\n two\tthree ' };
    const result = windowResult([at(0), 1, at(1.2)], AUDIO, VOCABULARY, broken);

    expect(result.text).toBe('one two three');
    expect(result.segments.map(({ text }) => text)).toEqual(['one two three']);
  });

  it('takes text after the last pair of timestamps for whole where the window ends in a pause', () => {
    const tokens = [at(0), 1, at(0.5), at(0.6), 5];
    const cut = windowResult(tokens, AUDIO, VOCABULARY, tokenizer);
    const whole = windowResult(tokens, { ...AUDIO, endsInPause: true }, VOCABULARY, tokenizer);

    expect(cut.segments).toEqual([{ start: 0, end: 0.5, text: 'w1' }]);
    expect(cut.settledSamples).toBe(8_000);
    expect(whole.segments).toEqual([
      { start: 0, end: 0.5, text: 'w1' },
      { start: 0.6, end: 2, text: 'w5' },
    ]);
    expect(whole.settledSamples).toBe(32_000);
  });

  it('hears again what follows the last pair, in a pause too', () => {
    const tokens = [at(0), 1, at(0.5), at(0.5)];
    const result = windowResult(tokens, { ...AUDIO, endsInPause: true }, VOCABULARY, tokenizer);

    expect(result.settledSamples).toBe(8_000);
  });

  it('names the tokens of segments with text as what may be gone by', () => {
    const tokens = [at(0), 1, at(0.5), at(0.5), at(0.8), at(0.8), 5];
    const { settledTokens } = windowResult(tokens, AUDIO, VOCABULARY, tokenizer);

    expect(settledTokens).toEqual([at(0), 1, at(0.5)]);
  });

  it('settles no more than the window holds', () => {
    const tokens = [at(0), 1, at(1.98), at(1.98), 1];

    expect(
      windowResult(tokens, { samples: AUDIO.samples.subarray(0, 16_000) }, VOCABULARY, tokenizer)
        .settledSamples,
    ).toBe(16_000);
  });
});
