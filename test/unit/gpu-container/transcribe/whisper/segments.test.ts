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
  const tokenizer: TextTokenizer = {
    encode: () => [],
    decode: (tokens) => tokens.map((token) => ` w${token}`).join(''),
    tokenId: () => undefined,
  };

  it('gives trimmed texts without special tokens, per segment and together', () => {
    const tokens = [at(0), 1, 4, at(0.5), at(0.6), 5, at(1.2)];
    const result = windowResult(tokens, 32_000, VOCABULARY, tokenizer);

    expect(result.text).toBe('w1 w4 w5');
    expect(result.segments.map(({ text }) => text)).toEqual(['w1 w4', 'w5']);
    expect(result.settledSamples).toBe(32_000);
  });

  it('writes a text on one line', () => {
    const broken = { ...tokenizer, decode: () => ' one\n\n two\tthree ' };
    const result = windowResult([at(0), 1, at(1.2)], 32_000, VOCABULARY, broken);

    expect(result.text).toBe('one two three');
    expect(result.segments.map(({ text }) => text)).toEqual(['one two three']);
  });

  it('settles no more than the window holds', () => {
    const tokens = [at(0), 1, at(1.98), at(1.98), 1];

    expect(windowResult(tokens, 16_000, VOCABULARY, tokenizer).settledSamples).toBe(16_000);
  });
});
