import { describe, expect, it } from '@jest/globals';
import { renderTsv, renderTxt } from '../../../../gpu-container/src/render/plain-text.ts';
import { renderTranscript } from '../../../../gpu-container/src/render/render.ts';
import { renderRttm } from '../../../../gpu-container/src/render/rttm.ts';
import { renderSrt } from '../../../../gpu-container/src/render/srt.ts';
import { renderVtt } from '../../../../gpu-container/src/render/vtt.ts';
import { sampleSegment, sampleSpeaker, sampleTranscript } from '../sample-transcript.ts';

const TRANSCRIPT = sampleTranscript([
  sampleSegment({ start: 0, end: 1.0004, text: 'Tom & Jerry <3', speaker: 'SPEAKER_00' }),
  sampleSegment({ start: 1.5, end: 3_599.9996, text: 'Yes.', speaker: 'SPEAKER_01' }),
]);

const NAMED = { ...TRANSCRIPT, speakers: [sampleSpeaker('SPEAKER_01', { name: 'Ann <A&B>' })] };

describe('SubRip', () => {
  it('numbers the cues, writes decimal commas and rounds over the hour', () => {
    const srt = renderSrt(
      sampleTranscript([sampleSegment({ start: 3_598, end: 3_599.9996, text: 'Yes.' })]),
    );

    expect(srt).toBe('1\n00:59:58,000 --> 01:00:00,000\nYes.\n');
  });

  it('names a speaker where the speaker changes', () => {
    const [first, second] = renderSrt(TRANSCRIPT).split('\n\n');

    expect(first).toBe('1\n00:00:00,000 --> 00:00:01,000\nSPEAKER_00: Tom & Jerry <3');
    expect(second).toContain('SPEAKER_01: Yes.');
    expect(renderSrt(NAMED)).toContain('Ann <A&B>: Yes.');
  });
});

describe('subtitles of two channels', () => {
  const transcript = sampleTranscript([
    sampleSegment({
      ...{ start: 0, end: 8, channel: 0, text: 'I have been waiting. Half an hour.' },
      words: [
        { text: 'I have been waiting.', start: 0, end: 2, probability: 1 },
        { text: ' Half an hour.', start: 6, end: 8, probability: 1 },
      ],
    }),
    sampleSegment({ start: 3, end: 5, channel: 1, text: 'Sorry.' }),
  ]);

  it('come in the order in which they begin, each with the channel it is of', () => {
    expect(renderSrt(transcript).match(/^[A-Z].*$/gm)).toEqual([
      'Channel 1: I have been waiting.',
      'Channel 2: Sorry.',
      'Channel 1: Half an hour.',
    ]);
    expect(renderVtt(transcript).match(/^<v .*$/gm)).toEqual([
      '<v Channel 1>I have been waiting.</v>',
      '<v Channel 2>Sorry.</v>',
      '<v Channel 1>Half an hour.</v>',
    ]);
  });
});

describe('WebVTT', () => {
  it('begins with its signature, writes decimal points, voices and escaped text', () => {
    const [signature, cue] = renderVtt(TRANSCRIPT).split('\n\n');

    expect(signature).toBe('WEBVTT');
    expect(cue).toBe('00:00:00.000 --> 00:00:01.000\n<v SPEAKER_00>Tom &amp; Jerry &lt;3</v>');
  });

  it('names who speaks', () => {
    expect(renderVtt(NAMED)).toContain('<v Ann &lt;A&amp;B&gt;>Yes.</v>');
  });

  it('shows two who talk at once in a cue each', () => {
    const vtt = renderVtt(
      sampleTranscript([
        sampleSegment({ start: 0, end: 4, text: 'So we go.', speaker: 'SPEAKER_00' }),
        sampleSegment({ start: 2, end: 3, text: 'Mm.', speaker: 'SPEAKER_01' }),
      ]),
    );

    expect(vtt.split('\n\n').slice(1)).toEqual([
      '00:00:00.000 --> 00:00:04.000\n<v SPEAKER_00>So we go.</v>',
      '00:00:02.000 --> 00:00:03.000\n<v SPEAKER_01>Mm.</v>\n',
    ]);
  });

  it('is a valid empty file without speech', () => {
    expect(renderVtt(sampleTranscript([]))).toBe('WEBVTT\n');
  });
});

describe('plain formats', () => {
  it('write one segment a line', () => {
    const segments = [sampleSegment({ text: 'Tom & Jerry <3' }), sampleSegment({ text: 'Yes.' })];

    expect(renderTxt(sampleTranscript(segments))).toBe('Tom & Jerry <3\nYes.\n');
  });

  it('write one paragraph a line, with its speaker, where speakers are told apart', () => {
    const text = renderTxt(
      sampleTranscript(
        [
          sampleSegment({ start: 0, end: 1, text: 'One.', speaker: 'SPEAKER_00' }),
          sampleSegment({ start: 1.1, end: 2, text: 'Two.', speaker: 'SPEAKER_00' }),
          sampleSegment({ start: 2, end: 3, text: 'Three.', speaker: 'SPEAKER_01' }),
          sampleSegment({ start: 5, end: 6, text: 'Four.', speaker: 'SPEAKER_01' }),
        ],
        { speakers: [sampleSpeaker('SPEAKER_01', { name: 'Ann' })] },
      ),
    );

    expect(text).toBe('SPEAKER_00: One. Two.\nAnn: Three.\nAnn: Four.\n');
  });

  it('write tabs between milliseconds, speaker and text, and none inside the text', () => {
    const transcript = sampleTranscript([
      sampleSegment({ start: 0.5, end: 1.25, text: 'a\tb', speaker: 'SPEAKER_00' }),
    ]);

    expect(renderTsv(transcript)).toBe('start\tend\tspeaker\ttext\n500\t1250\tSPEAKER_00\ta b\n');
    expect(renderTsv(NAMED)).toContain('\tAnn <A&B>\tYes.\n');
    expect(renderTsv(sampleTranscript([sampleSegment({ text: 'Yes.' })]))).toBe(
      'start\tend\ttext\n0\t2000\tYes.\n',
    );
  });

  it('say which channel a segment is of, where they were transcribed separately', () => {
    const transcript = sampleTranscript([
      sampleSegment({ text: 'Yes?', channel: 0 }),
      sampleSegment({ text: 'No.', channel: 1 }),
    ]);
    const diarized = sampleTranscript([
      sampleSegment({ text: 'Yes?', channel: 0 }),
      sampleSegment({ text: 'No.', channel: 1, speaker: 'SPEAKER_00' }),
    ]);

    expect(renderTxt(transcript)).toBe('Channel 1: Yes?\nChannel 2: No.\n');
    expect(renderTsv(diarized)).toBe(
      'start\tend\tspeaker\tchannel\ttext\n0\t2000\t\t0\tYes?\n0\t2000\tSPEAKER_00\t1\tNo.\n',
    );
  });
});

describe('RTTM', () => {
  const turns = [
    { start: 0, end: 1.25, speaker: 'SPEAKER_00' },
    { start: 1.1, end: 61.1004, speaker: 'SPEAKER_01' },
  ];
  const transcript = sampleTranscript([], {
    turns,
    speakers: [sampleSpeaker('SPEAKER_01', { name: 'Dr. Ruiz' })],
  });

  it('tells who speaks from when and for how long, by label', () => {
    expect(renderRttm(transcript)).toBe(
      [
        `SPEAKER ${transcript.jobId} 1 0.000 1.250 <NA> <NA> SPEAKER_00 <NA> <NA>\n`,
        `SPEAKER ${transcript.jobId} 1 1.100 60.000 <NA> <NA> SPEAKER_01 <NA> <NA>\n`,
      ].join(''),
    );
  });

  it('is written only where it is known who speaks', () => {
    expect(renderTranscript(transcript, ['rttm'])).toEqual([
      { kind: 'rttm', body: renderRttm(transcript) },
    ]);
    expect(renderTranscript(sampleTranscript([], { turns: [] }), ['rttm'])).toHaveLength(1);
    expect(renderTranscript(TRANSCRIPT, ['rttm'])).toEqual([]);
  });
});

describe('rendering', () => {
  it('writes the formats that were asked for, and those alone', () => {
    const artifacts = renderTranscript(TRANSCRIPT, ['json', 'srt', 'npy']);

    expect(artifacts.map(({ kind }) => kind)).toEqual(['json', 'srt']);
    expect(JSON.parse(String(artifacts[0]?.body))).toEqual(TRANSCRIPT);
  });
});
