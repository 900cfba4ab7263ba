import { expect, it } from '@jest/globals';
import { buildReport, describeReport } from '../../../../bench/transcribe/report.ts';

const input = { name: 'talk.wav', pcmPath: '', seconds: 100, language: 'en' };
const talk = {
  ...{ file: 'talk.wav', path: '', language: 'en', text: 'four score and seven' },
  ...{ isSpeechless: false, input },
};
const SETTING = {
  ...{ model: 'tiny', threads: 2, vad: true, data: '/data', processor: 'CPU', peer: 'a peer' },
};

function side(seconds: number, text: string, failure?: string) {
  const result = { seconds, text, ...(failure && { failure }) };
  return { results: new Map([['talk.wav', result]]), peakRssMb: seconds * 10 };
}

it('has every figure under the name that scripts look for', () => {
  const sides = {
    ours: side(2, 'four score and seven'),
    oursWithWords: side(4, 'four score and seven'),
    peer: side(20, 'four scores and seven'),
  };
  expect(buildReport(SETTING, [], [talk], sides)).toMatchObject({
    ...{ bench: 'transcribe', model: 'tiny', threads: 2, vad: true },
    ...{ rtfx: 50, peerRtfx: 5, ratio: 10, wer: 0, peerWer: 1 / 4 },
    ...{ peakRssMb: 20, peerPeakRssMb: 200 },
    withWordTimes: { rtfx: 25, ratio: 5, wer: 0, peakRssMb: 40 },
    inputs: [{ name: 'data folder' }],
    noSpeech: { files: 0 },
  });
});

it('tells people the same, and who failed on what', () => {
  const sides = {
    ours: side(2, 'four score and seven'),
    oursWithWords: side(4, 'four score and seven'),
    peer: side(20, '', 'out of memory'),
  };
  const text = describeReport(buildReport(SETTING, [], [talk], sides));
  expect(text).toMatch(/data folder +0 s +- +- +- +- +-/);
  expect(text).toMatch(/talk\.wav +en +4 words +0\.0 % +0\/0\/0 +100\.0 % +0\/4\/0/);
  expect(text).toContain('The peer failed on talk.wav: out of memory');
});

it('leaves the peer out where it did not run', () => {
  const sides = { ours: side(2, ''), oursWithWords: side(4, ''), peer: undefined };
  const report = buildReport({ ...SETTING, peer: null }, [], [talk], sides);
  expect(report).toMatchObject({ rtfx: 50, peerRtfx: null, ratio: null, peerWer: null, wer: 1 });
  expect(describeReport(report)).toMatch(/data folder +100 s +50\.0 +25\.0$/m);
});
