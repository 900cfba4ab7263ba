import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeReport } from '../../../../bench/diarize/describe-report.ts';
import type { DiarizationSide, TrialResult } from '../../../../bench/diarize/measure.ts';
import { buildReport } from '../../../../bench/diarize/report.ts';
import { parseRttm } from '../../../../bench/diarize/rttm.ts';
import { runDiarizeBench } from '../../../../bench/diarize/run-bench.ts';
import type { Diarizer } from '../../../../gpu-container/src/diarize/diarizer.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { loudRegions, phrases, sampleRecording } from './sample-voice.ts';

const RECORDINGS: Record<string, Float32Array> = {
  // One of two speaks for 6 s, the other for 4 s.
  'talk.wav': sampleRecording(12, [
    { start: 0, end: 6 },
    { start: 7, end: 11 },
  ]),
  'ami_1.wav': sampleRecording(5, [{ start: 0, end: 4 }]),
  'ann_1.wav': sampleRecording(10, phrases(4), 90),
  'bob.wav': sampleRecording(12, phrases(5), 140),
  'word.wav': sampleRecording(3, [{ start: 1, end: 2 }]),
  'noise.wav': new Float32Array(16_000),
};

const MANIFEST = [
  { file: 'talk.wav', rttm: 'talk.rttm', rttm_speech: 'talk.speech.rttm' },
  { file: 'ami_1.wav', rttm: 'ami_1.rttm' },
  { file: 'ann_1.wav', speakers: 1 },
  { file: 'bob.wav', speakers: 1 },
  { file: 'word.wav', speakers: 1 },
  { file: 'noise.wav', speakers: 0, expect: 'no_speech' },
];

const turn = (start: number, seconds: number, speaker: string) =>
  `SPEAKER x 1 ${start} ${seconds} <NA> <NA> ${speaker} <NA> <NA>\n`;

/** Takes all speech for that of one person, and can't stand a recording of 5 s. */
const oneForAll: Diarizer = {
  modelIds: [],
  async diarize(pcm, speech) {
    if (pcm.sampleCount === 5 * 16_000) {
      throw new Error('not this one');
    }
    return {
      turns: speech.map(({ start, end }) => ({ start, end, speaker: 0 })),
      speakers: [{ confidence: 1 }],
    };
  },
  async dispose() {},
};

const side: DiarizationSide = {
  findSpeech: async (pcm) => loudRegions(await pcm.read(0, pcm.sampleCount)),
  findPhrases: async (pcm) => loudRegions(await pcm.read(0, pcm.sampleCount)),
  diarizer: oneForAll,
  options: { minSpeakers: 1, maxSpeakers: 8 },
};

const SETTING = { backend: 'auto', threads: 2, seed: 1, data: '/data', processor: 'CPU' };

describe('the bench, with a diarizer that hears one voice', () => {
  const said: string[] = [];
  const kept = new Map<string, string>();
  let results: TrialResult[];
  const reported = () => buildReport(SETTING, results, 1234);

  beforeAll(async () => {
    await using folder = await makeScratchDir();
    await using scratch = await makeScratchDir();
    const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
    await write('manifest.json', JSON.stringify(MANIFEST));
    await write('talk.rttm', turn(0, 6, 'ann') + turn(7, 4, 'bob'));
    await write('talk.speech.rttm', turn(0, 5, 'ann') + turn(7, 4, 'bob'));
    await write('ami_1.rttm', turn(0, 4, 'cat'));
    const rttm = join(scratch.path, 'rttm');
    const options = {
      ...{ data: folder.path, backend: 'auto' as const, threads: 2, mixtures: 1, seed: 1 },
      ...{ files: [], longHours: 0.05, rttm },
    };
    results = await runDiarizeBench(options, {
      side,
      scratchDir: scratch.path,
      say: (line) => said.push(line),
      decode: async (path, pcmPath) => {
        const samples = RECORDINGS[path.slice(folder.path.length + 1)]!;
        await writeFile(pcmPath, samples);
        return samples.length / 16_000;
      },
    });
    for (const name of await readdir(rttm)) {
      kept.set(name, await readFile(join(rttm, name), 'utf8'));
    }
  });

  afterAll(() => {
    results = [];
  });

  it('measures each recording, then what it makes of the single speakers, then a long one', () => {
    expect(results.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'conversation talk.wav',
      'meeting ami_1.wav',
      'lone ann_1.wav',
      'lone bob.wav',
      'lone word.wav',
      'speechless noise.wav',
      'mixture mixture_2spk_1',
      'long long_0.05h',
    ]);
    expect(said).toContain('Voices to make conversations of: ann, bob');
  });

  it('counts the other voice as confused, and as one speaker too few', () => {
    const [talk] = reported().files;
    expect(talk).toMatchObject({ seconds: 12, speakers: 2, found: 1, countError: -1 });
    expect(talk!.scores[0]).toMatchObject({
      reference: 'talk.rttm',
      confusion: expect.closeTo(3.5, 2),
      der025: expect.closeTo(3.5 / 9, 2),
      der0: expect.closeTo(0.4, 2),
    });
  });

  it('scores against the second reference too, and leaves it out of the figures', () => {
    const [, second] = reported().files[0]!.scores;
    expect(second).toMatchObject({ reference: 'talk.speech.rttm', der0: expect.closeTo(5 / 9, 2) });
    expect(reported().groups.conversations.der0).toBeCloseTo(0.4, 2);
  });

  it('takes all speech of a recording that fails as missed, and tells why', () => {
    const report = reported();
    expect(report.groups.meetings).toMatchObject({ der0: 1, missed025: 1, countAccuracy: 0 });
    expect(report.failures).toEqual([{ name: 'ami_1.wav', failure: 'not this one' }]);
    expect(report.files[1]!.rtfx).toBeNull();
  });

  it('has every figure under the name that scripts look for', () => {
    const report = reported();
    expect(report).toMatchObject({
      ...{ bench: 'diarize', backend: 'auto', peakRssMb: 1234, rtfx: expect.any(Number) },
      ...{ der025: expect.closeTo(7 / 12.5, 2), der0: expect.closeTo(8 / 14, 2) },
      ...{ countAccuracy: 0, countError: 1, loneSpeakersKept: 1, loneSpeakers: 2 },
      ...{ speechlessKept: 1, countAccuracyMixtures: 0 },
      mixturesBySpeakers: [{ speakers: 2, files: 1 }],
      long: { name: 'long_0.05h', seconds: 180, speakers: 2, found: 1 },
    });
    expect(report.der025Mixtures).toBeGreaterThan(0.2);
    expect(report.der025Mixtures).toBeLessThan(0.6);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('tells people the same', () => {
    const text = describeReport(reported());
    expect(text).toMatch(/talk\.wav +12\.0 +2 +1 +38\.\d % +0\.0 % +0\.0 % +38\.\d % +40\.0 %/);
    expect(text).toMatch(/against talk\.speech\.rttm/);
    expect(text).toMatch(/bob\.wav +12\.0 +1 +1 +- +- +- +- +- /);
    expect(text).toContain('Lone speakers that stay one: 100.0 % of 2');
    expect(text).toContain('Failed on ami_1.wav: not this one');
  });

  it('leaves what was found, and what was made, as RTTM', () => {
    expect(parseRttm(kept.get('talk.wav.rttm')!)).toHaveLength(2);
    expect(parseRttm(kept.get('mixture_2spk_1.reference.rttm')!).map(({ file }) => file)).toContain(
      'mixture_2spk_1',
    );
    expect(kept.has('talk.wav.reference.rttm')).toBe(false);
  });
});

it('has no figures where nothing was measured', () => {
  expect(buildReport(SETTING, [], 0)).toMatchObject({
    ...{ der025: null, der0: null, countAccuracy: null, countError: null, rtfx: null },
    ...{ loneSpeakersKept: null, long: null },
  });
});
