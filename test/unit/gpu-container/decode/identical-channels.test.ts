import { describe, expect, it } from '@jest/globals';
import { findIdenticalChannels } from '../../../../gpu-container/src/decode/identical-channels.ts';
import { pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import { tone } from './tone.ts';

const SAMPLE_RATE = 16_000;
/** More than one block of the comparison. */
const SECONDS = 12;
const VOICE = tone(200, SECONDS);
const SILENCE = new Float32Array(VOICE.length);

/** Steps of 16-bit audio, −1, 0 or 1, that repeat after a while. */
function dithered(samples: Float32Array, shift: number): Float32Array {
  return samples.map((sample, at) => sample + (((at * 7 + shift) % 3) - 1) / 32_768);
}

async function sameAs(...channels: Float32Array[]): Promise<[number, number][]> {
  return [...(await findIdenticalChannels(channels.map(pcmFromSamples)))];
}

describe('findIdenticalChannels', () => {
  it('names the first of the channels that are the same', async () => {
    const other = tone(300, SECONDS);
    expect(await sameAs(VOICE, other, VOICE, other, VOICE)).toEqual([
      [2, 0],
      [3, 1],
      [4, 0],
    ]);
  });

  it('hears the same through dither and the rounding of an encoder', async () => {
    expect(await sameAs(dithered(VOICE, 0), dithered(VOICE, 1))).toEqual([[1, 0]]);
    expect(
      await sameAs(
        VOICE,
        VOICE.map((sample) => sample * 1.0005),
      ),
    ).toEqual([[1, 0]]);
  });

  it.each([
    ['is softer', VOICE.map((sample) => sample * 0.9)],
    ['is inverted', VOICE.map((sample) => -sample)],
    [
      'lags by a millisecond',
      new Float32Array([...VOICE.subarray(16), ...SILENCE.subarray(0, 16)]),
    ],
  ])('tells a channel from another that %s', async (_, other) => {
    expect(await sameAs(VOICE, other)).toEqual([]);
  });

  it('tells channels apart by a whisper at the very end of one', async () => {
    const whispering = VOICE.slice();
    whispering.set(
      tone(500, 0.5).map((sample) => sample / 100),
      (SECONDS - 0.5) * SAMPLE_RATE,
    );
    const quietThen = VOICE.slice();
    quietThen.fill(0, (SECONDS - 0.5) * SAMPLE_RATE);
    expect(await sameAs(quietThen, whispering)).toEqual([]);
  });

  it('tells a soft second voice from silence beside a loud beginning', async () => {
    const loud = new Float32Array(VOICE.length);
    loud.set(VOICE.subarray(0, 5 * SAMPLE_RATE));
    const answered = loud.slice();
    answered.set(
      tone(500, 1).map((sample) => sample / 500),
      11 * SAMPLE_RATE,
    );
    expect(await sameAs(loud, answered)).toEqual([]);
  });

  it('does not call silent channels the same', async () => {
    expect(await sameAs(SILENCE, SILENCE, dithered(SILENCE, 1))).toEqual([]);
  });

  it('takes what one channel has beyond the end of another for a difference', async () => {
    expect(await sameAs(VOICE, VOICE.subarray(0, -SAMPLE_RATE))).toEqual([]);
    expect(await sameAs(VOICE.subarray(0, -SAMPLE_RATE), VOICE)).toEqual([]);
  });

  it('reads no further than it takes to know', async () => {
    const reads: number[] = [];
    const pcm = pcmFromSamples(VOICE);
    const counted = {
      ...pcm,
      read: (start: number, count: number) => {
        reads.push(start);
        return pcm.read(start, count);
      },
    };
    await findIdenticalChannels([counted, pcmFromSamples(tone(300, SECONDS))]);
    expect(reads).toEqual([0]);
  });

  it('has nothing to compare on a single channel', async () => {
    expect(await sameAs(VOICE)).toEqual([]);
  });

  it('stops with the reason of its signal', async () => {
    const reason = new Error('the machine goes away');
    await expect(
      findIdenticalChannels([VOICE, VOICE].map(pcmFromSamples), AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
  });
});
