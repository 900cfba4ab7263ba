import { describe, expect, it } from '@jest/globals';
import { warning } from '#contracts/transcript.ts';
import { renderMarkdown } from '../../../../gpu-container/src/render/markdown.ts';
import { sampleSegment, sampleSpeaker, sampleTranscript } from '../sample-transcript.ts';

describe('the Markdown transcript', () => {
  it('gives the running text first and then each segment with its times', () => {
    const markdown = renderMarkdown(
      sampleTranscript([
        sampleSegment({ start: 0, end: 2.4, text: 'Good morning.' }),
        sampleSegment({ start: 3_661.5, end: 3_663, text: 'How are you?' }),
      ]),
    );

    expect(markdown).toBe(
      [
        '# Full Transcript',
        'Good morning.',
        'How are you?',
        '# Timestamped Transcript',
        '## Segment 1: [00:00:00 - 00:00:02]',
        'Good morning.',
        '## Segment 2: [01:01:01 - 01:01:03]',
        'How are you?\n',
      ].join('\n\n'),
    );
  });

  it('joins what one speaker says without a pause, and begins a paragraph at each speaker', () => {
    const markdown = renderMarkdown(
      sampleTranscript([
        sampleSegment({ start: 0, end: 1, text: 'One.', speaker: 'SPEAKER_00' }),
        sampleSegment({ start: 1.2, end: 2, text: 'Two.', speaker: 'SPEAKER_00' }),
        sampleSegment({ start: 2.1, end: 3, text: 'Three.', speaker: 'SPEAKER_01' }),
      ]),
    );

    expect(markdown).toContain('**SPEAKER_00:** One. Two.\n\n**SPEAKER_01:** Three.');
    expect(markdown).toContain('## Segment 3: [00:00:02 - 00:00:03] (SPEAKER_01)');
  });

  it('names a speaker where the speaker changes, and not again after a pause', () => {
    const markdown = renderMarkdown(
      sampleTranscript(
        [
          sampleSegment({ start: 0, end: 1, text: 'One.', speaker: 'SPEAKER_00' }),
          sampleSegment({ start: 2.5, end: 3, text: 'Two.', speaker: 'SPEAKER_00' }),
          sampleSegment({ start: 3.1, end: 4, text: 'Three.', speaker: 'SPEAKER_01' }),
        ],
        { speakers: [sampleSpeaker('SPEAKER_00', { name: 'Dr. *Ruiz*' })] },
      ),
    );

    expect(markdown).toContain(
      '**Dr. \\*Ruiz\\*:** One.\n\nTwo.\n\n**SPEAKER_01:** Three.\n\n# Speakers',
    );
    expect(markdown).toContain('## Segment 2: [00:00:02 - 00:00:03] (Dr. \\*Ruiz\\*)');
    expect(markdown).toContain('## Segment 3: [00:00:03 - 00:00:04] (SPEAKER_01)');
  });

  it('tells who talks for how long between the text and the times', () => {
    const markdown = renderMarkdown(
      sampleTranscript([sampleSegment({ text: 'One.', speaker: 'SPEAKER_00' })], {
        speakers: [
          sampleSpeaker('SPEAKER_00', { name: 'Ann | Bo', talkSeconds: 62.4 }),
          sampleSpeaker('SPEAKER_01', { talkSeconds: 3_637.6 }),
          sampleSpeaker('SPEAKER_02', { talkSeconds: 100, name: 'Cy' }),
          sampleSpeaker('SPEAKER_03', { talkSeconds: 200, name: 'Cy' }),
        ],
      }),
    );

    expect(markdown).toContain(
      [
        '**Ann | Bo:** One.\n',
        '# Speakers\n',
        '| Speaker | Talk time | Share |',
        '| :-- | --: | --: |',
        '| Ann \\| Bo | 01:02 | 2 % |',
        '| SPEAKER_01 | 01:00:38 | 91 % |',
        '| Cy | 05:00 | 8 % |\n',
        '# Timestamped Transcript',
      ].join('\n'),
    );
  });

  it('has shares of nothing where nobody talks', () => {
    const markdown = renderMarkdown(
      sampleTranscript([], { speakers: [sampleSpeaker('SPEAKER_00', { talkSeconds: 0 })] }),
    );

    expect(markdown).toContain('| SPEAKER_00 | 00:00 | 0 % |');
  });

  it('names the channel, counted from 1, where no speaker is told', () => {
    const markdown = renderMarkdown(
      sampleTranscript(
        [
          sampleSegment({ start: 0, end: 1, text: 'One.', channel: 0 }),
          sampleSegment({ start: 1.2, end: 2, text: 'Two.', channel: 0 }),
          sampleSegment({ start: 1.9, end: 3, text: 'Three.', channel: 1 }),
          sampleSegment({ start: 3, end: 4, text: 'Four.', channel: 1, speaker: 'SPEAKER_00' }),
        ],
        { warnings: [warning('CHANNELS_IDENTICAL', { channel: 2 })] },
      ),
    );

    expect(markdown).toContain(
      '**Channel 1:** One. Two.\n\n**Channel 2:** Three.\n\n**SPEAKER_00:** Four.',
    );
    expect(markdown).toContain('## Segment 3: [00:00:01 - 00:00:03] (Channel 2)');
    expect(markdown).toContain('- CHANNELS_IDENTICAL (Channel 3): ');
  });

  it('shows word times under the segment that has them', () => {
    const words = [
      { text: ' Good', start: 0, end: 0.4, probability: 0.9 },
      { text: ' morning.', start: 0.45, end: 0.9, probability: 0.9 },
    ];
    const markdown = renderMarkdown(
      sampleTranscript([sampleSegment({ text: 'Good morning.', words })]),
    );

    expect(markdown).toContain('Good morning.\n\nGood [0.00s] morning. [0.45s]');
  });

  it('shows speech that looks like markup as it was said', () => {
    const markdown = renderMarkdown(
      sampleTranscript([sampleSegment({ text: '# of _items_ is *two* <b>' })]),
    );

    expect(markdown).toContain('\\# of \\_items\\_ is \\*two\\* \\<b\\>');
  });

  it.each([
    ['1. Go home.', '1\\. Go home.'],
    ['3.', '3\\.'],
    ['2) No.', '2\\) No.'],
    ['1.5 metres', '1.5 metres'],
    ['- no', '\\- no'],
    ['---', '\\---'],
    ['-5 degrees', '-5 degrees'],
    ['~~gone~~', '\\~\\~gone\\~\\~'],
    ['R&D &amp; &#65;', 'R&D \\&amp; \\&#65;'],
    ['snake_case', 'snake_case'],
  ])('writes %j as %j', (text, written) => {
    const [, line] = renderMarkdown(sampleTranscript([sampleSegment({ text })])).split('\n\n');

    expect(line).toBe(written);
  });

  it('says so when nobody spoke, and lists the warnings', () => {
    const markdown = renderMarkdown(sampleTranscript([], { warnings: [warning('NO_SPEECH')] }));

    expect(markdown).toContain('_No speech was found._');
    expect(markdown).toContain('# Notes\n\n- NO_SPEECH: ');
  });

  it('says whom a warning is about, and why', () => {
    const markdown = renderMarkdown(
      sampleTranscript([], {
        warnings: [
          warning('VOICE_UNREADABLE', { name: 'Ann', cause: 'INPUT_NOT_FOUND' }),
          warning('DIARIZATION_FAILED', { cause: 'MODEL_UNAVAILABLE_OFFLINE' }),
        ],
      }),
    );

    expect(markdown).toMatch(
      /^- VOICE_UNREADABLE \(Ann\): .+\. The input does not exist or cannot be read\.$/m,
    );
    expect(markdown).toMatch(/^- DIARIZATION_FAILED: .+\. The model is not in the cache/m);
  });
});
