import { describe, expect, it } from '@jest/globals';
import { makeConversation, type Voice } from '../../../../../bench/diarize/mixture/conversation.ts';
import { makeMixtures } from '../../../../../bench/diarize/mixture/mixtures.ts';
import { speakersOf, type Turn } from '../../../../../bench/diarize/score/turn.ts';
import { loudRegions, phrases, sampleRecording } from '../sample-voice.ts';

const SAMPLE_RATE = 16_000;

function voice(id: string, hertz: number, amplify = 1): Voice {
  const speech = phrases(3);
  const samples = sampleRecording(7, speech, hertz).map((sample) => sample * amplify);
  return { id, samples, speech };
}

const VOICES = [voice('ann', 100), voice('bob', 170), voice('cat', 230)];

function levelOf(samples: Float32Array, { start, end }: Turn): number {
  const piece = samples.subarray((start + 0.05) * SAMPLE_RATE, (end - 0.05) * SAMPLE_RATE);
  return Math.sqrt(piece.reduce((sum, sample) => sum + sample ** 2, 0) / piece.length);
}

describe('a made conversation', () => {
  it('is the same to the last bit for the same seed, and another for another', () => {
    const voices = VOICES.slice(0, 2);
    const options = { turnsPerVoice: 1, snrDecibels: 20 };
    const bytes = (seed: number) =>
      Buffer.from(makeConversation(voices, { ...options, seed }).samples.buffer);
    expect(bytes(3).equals(bytes(3))).toBe(true);
    expect(bytes(3).equals(bytes(4))).toBe(false);
  });

  it('has sound exactly where its turns say that somebody speaks', () => {
    const { samples, turns } = makeConversation(VOICES, {
      seed: 1,
      turnsPerVoice: 2,
      overlapShare: 0,
    });
    const loud = loudRegions(samples);
    expect(turns).toHaveLength(loud.length);
    for (const [index, { start, end }] of turns.entries()) {
      expect(Math.abs(start - loud[index]!.start)).toBeLessThan(0.005);
      expect(Math.abs(end - loud[index]!.end)).toBeLessThan(0.005);
    }
  });

  it('does not count a pause of less than 0.3 s as the end of a turn', () => {
    const longest = (pause: number) => {
      const speech = [
        { start: 0.5, end: 2 },
        { start: 2 + pause, end: 3.5 + pause },
      ];
      const ann = { id: 'ann', samples: sampleRecording(5, speech), speech };
      const options = { seed: 1, turnsPerVoice: 4, overlapShare: 0 };
      const own = makeConversation([ann, VOICES[1]!], options).turns.filter(
        ({ speaker }) => speaker === 'ann',
      );
      return Math.max(...own.map(({ start, end }) => end - start));
    };
    expect(longest(0.25)).toBeCloseTo(3.25);
    expect(longest(0.35)).toBeCloseTo(1.5);
  });

  it('lets voices overlap by adding them up', () => {
    const options = { seed: 2, turnsPerVoice: 1, overlapShare: 1 };
    const { samples, turns } = makeConversation(VOICES.slice(0, 2), options);
    const first = turns.findLast(({ speaker }) => speaker === turns[0]!.speaker)!;
    const second = turns.find(({ speaker }) => speaker !== first.speaker)!;
    expect(first.end - second.start).toBeGreaterThan(0.2);
    const both = levelOf(samples, { ...first, start: second.start });
    const one = levelOf(samples, { ...first, end: second.start });
    const other = levelOf(samples, { ...second, start: first.end });
    expect(both).toBeCloseTo(Math.hypot(one, other), 2);
  });

  it('brings voices within 4 dB of one level, however loud they were recorded', () => {
    const voices = [voice('loud', 100, 3), voice('soft', 170, 0.01)];
    const levels = new Set<string>();
    for (let seed = 0; seed < 5; seed++) {
      const options = { seed, turnsPerVoice: 1, overlapShare: 0 };
      const { samples, turns } = makeConversation(voices, options);
      for (const turn of turns) {
        const decibels = 20 * Math.log10(levelOf(samples, turn) / 0.05);
        expect(Math.abs(decibels)).toBeLessThan(4.1);
        levels.add(decibels.toFixed(0));
      }
    }
    expect(levels.size).toBeGreaterThan(4);
  });

  it('has noise as far below the speech as asked for', () => {
    const options = { seed: 4, turnsPerVoice: 1, overlapShare: 0 };
    const clean = makeConversation(VOICES, options);
    const noisy = makeConversation(VOICES, { ...options, snrDecibels: 10 });
    expect(noisy.turns).toEqual(clean.turns);
    const power = (samples: Float32Array) =>
      samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;
    const noise = noisy.samples.map((sample, n) => sample - clean.samples[n]!);
    const spoken = clean.turns.reduce((sum, { start, end }) => sum + end - start, 0);
    const speech = (power(clean.samples) * clean.samples.length) / (spoken * SAMPLE_RATE);
    expect(10 * Math.log10(speech / power(noise))).toBeCloseTo(10, 0);
  });

  it('cannot be made of nobody, nor of a voice that says nothing', () => {
    expect(() => makeConversation([], { seed: 1 })).toThrow('no speech');
    const silent = { id: 'mum', samples: new Float32Array(16_000), speech: [] };
    expect(() => makeConversation([...VOICES, silent], { seed: 1 })).toThrow('mum');
  });
});

describe('mixtures', () => {
  it('are of 2 voices up to as many as there are', () => {
    const made = [...makeMixtures(VOICES, { perCount: 1, seed: 1 })];
    expect(made.map(({ turns }) => speakersOf(turns).length)).toEqual([2, 3]);
  });

  it('are so many of each number of voices, every other with noise', () => {
    const made = [...makeMixtures(VOICES.slice(1), { perCount: 2, seed: 1 })];
    expect(made.map(({ name }) => name)).toEqual(['mixture_2spk_1', 'mixture_2spk_2_noisy']);
    const quietest = made.map(({ samples }) => samples.subarray(0, 100).some(Boolean));
    expect(quietest).toEqual([false, true]);
  });

  it('stay the same when more of them are made', () => {
    const [first] = makeMixtures(VOICES, { perCount: 1, seed: 1 });
    const [same] = makeMixtures(VOICES, { perCount: 2, seed: 1 });
    expect(same!.turns).toEqual(first!.turns);
    expect(Buffer.from(same!.samples.buffer).equals(Buffer.from(first!.samples.buffer))).toBe(true);
  });

  it('cannot be made of one voice', () => {
    expect([...makeMixtures(VOICES.slice(1, 2), { perCount: 2, seed: 1 })]).toEqual([]);
  });
});
