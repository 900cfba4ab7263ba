import { expect, it } from '@jest/globals';
import { formatRttm, parseRttm } from '../../../../bench/diarize/rttm.ts';

it('reads turns, and passes over comments, blank lines and other types', () => {
  const text = [
    ';; made by hand',
    'SPKR-INFO talk 1 <NA> <NA> <NA> adult_male ann <NA>',
    '',
    'SPEAKER talk 1 1.440 11.872 <NA> <NA> ann <NA> <NA>',
    '  SPEAKER\ttalk 2  0.5 .25 <NA> <NA> bob <NA>\r',
  ].join('\n');
  expect(parseRttm(text)).toEqual([
    { file: 'talk', channel: '1', start: 1.44, end: expect.closeTo(13.312), speaker: 'ann' },
    { file: 'talk', channel: '2', start: 0.5, end: 0.75, speaker: 'bob' },
  ]);
});

it.each([
  ['no duration', 'SPEAKER talk 1 1.0'],
  ['a time that is no number', 'SPEAKER talk 1 one 2.0 <NA> <NA> ann <NA> <NA>'],
  ['a duration below zero', 'SPEAKER talk 1 1.0 -2.0 <NA> <NA> ann <NA> <NA>'],
])('refuses a turn with %s, and tells the line', (_, line) => {
  expect(() => parseRttm(`;; comment\n${line}`)).toThrow('line 2');
});

it('reads what it writes', () => {
  const turns = [
    { start: 0, end: 1.5, speaker: 'ann' },
    { start: 1.25, end: 3.125, speaker: 'bob' },
  ];
  const read = parseRttm(formatRttm('a talk.wav', turns));
  expect(read).toEqual(turns.map((turn) => ({ ...turn, file: 'a_talk.wav', channel: '1' })));
});
