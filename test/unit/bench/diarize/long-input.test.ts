import { stat } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { repeatTurns, writeLongInput } from '../../../../bench/diarize/long-input.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { phrases, sampleRecording } from './sample-voice.ts';

it('repeats turns round by round, and cuts the last one', () => {
  const turns = [
    { start: 1, end: 3, speaker: 'ann' },
    { start: 4, end: 9, speaker: 'bob' },
  ];
  expect(repeatTurns(turns, 10, 16)).toEqual([
    { start: 1, end: 3, speaker: 'ann' },
    { start: 4, end: 9, speaker: 'bob' },
    { start: 11, end: 13, speaker: 'ann' },
    { start: 14, end: 16, speaker: 'bob' },
  ]);
});

it('writes as many seconds as asked for, of six voices at most', async () => {
  await using scratch = await makeScratchDir();
  const speech = phrases(1);
  const voices = Array.from({ length: 7 }, (_, index) => ({
    id: `v${index}`,
    samples: sampleRecording(3, speech),
    speech,
  }));
  const options = { seconds: 300, seed: 1, scratchDir: scratch.path };
  const long = await writeLongInput(voices, options);
  expect(long!.speakers).toBe(6);
  expect((await stat(long!.pcmPath)).size).toBe(300 * 16_000 * 4);
  expect(Math.max(...long!.turns.map(({ end }) => end))).toBeGreaterThan(295);
  expect(await writeLongInput(voices.slice(0, 1), options)).toBeUndefined();
});
