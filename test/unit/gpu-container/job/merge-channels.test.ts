import { describe, expect, it } from '@jest/globals';
import { warning } from '#contracts/transcript.ts';
import { mergeChannels } from '../../../../gpu-container/src/job/merge-channels.ts';
import type { ChannelTranscription } from '../../../../gpu-container/src/job/transcribe-channels.ts';
import { sampleChannel } from './sample-channel.ts';

const CALLER = sampleChannel({
  channel: 0,
  language: { code: 'en', probability: 0.9 },
  says: [
    [0, 2, 'Hello?'],
    [5, 9, 'I cannot log in.'],
  ],
});
const AGENT = sampleChannel({
  channel: 1,
  language: { code: 'de', probability: 0.8 },
  says: [
    [2, 5, 'Guten Morgen, was kann ich für Sie tun?'],
    [5, 6, 'Moment.'],
  ],
});
const NOBODY = sampleChannel({ channel: 2, language: null, says: [] });

describe('channels made into one transcription', () => {
  it('give their segments in the order in which they begin, each with its channel', () => {
    const { segments } = mergeChannels([CALLER, AGENT]);

    expect(segments.map(({ channel, start, text }) => [channel, start, text])).toEqual([
      [0, 0, 'Hello?'],
      [1, 2, 'Guten Morgen, was kann ich für Sie tun?'],
      [0, 5, 'I cannot log in.'],
      [1, 5, 'Moment.'],
    ]);
  });

  it('have the language of the one with the most text, and each its own', () => {
    const { language, channels } = mergeChannels([CALLER, AGENT, NOBODY]);

    expect(language).toEqual({ code: 'de', probability: 0.8 });
    expect(channels).toEqual([
      { channel: 0, language: { code: 'en', probability: 0.9 }, speechSeconds: 6 },
      { channel: 1, language: { code: 'de', probability: 0.8 }, speechSeconds: 4 },
      { channel: 2, language: { code: null, probability: null }, speechSeconds: 0 },
    ]);
  });

  it('count a second once in which more than one speaks', () => {
    expect(mergeChannels([CALLER, AGENT]).speechSeconds).toBe(9);
  });

  it('say which channels were left out because they sound as another does', () => {
    const { channels, warnings, segments } = mergeChannels(
      [CALLER, NOBODY],
      [{ channel: 1, sameAs: 0 }],
    );

    expect(warnings).toEqual([warning('CHANNELS_IDENTICAL', { channel: 1 })]);
    expect(segments).toHaveLength(2);
    expect(
      channels?.map(({ channel, sameAs, speechSeconds }) => [channel, sameAs, speechSeconds]),
    ).toEqual([
      [0, undefined, 6],
      [1, 0, 6],
      [2, undefined, 0],
    ]);
  });

  it('warn of what went wrong on each, and of no speech only where there is none on any', () => {
    const skipped = warning('WINDOW_SKIPPED', { start: 1, end: 2 });
    const failing: ChannelTranscription = {
      ...NOBODY,
      state: { ...NOBODY.state, warnings: [skipped] },
    };

    expect(mergeChannels([CALLER, NOBODY]).warnings).toEqual([]);
    expect(mergeChannels([NOBODY, { ...NOBODY, channel: 3 }]).warnings).toEqual([
      warning('NO_SPEECH'),
    ]);
    expect(mergeChannels([NOBODY, { ...failing, channel: 3 }]).warnings).toEqual([
      { ...skipped, channel: 3 },
    ]);
  });
});

describe('the mix of all channels made into a transcription', () => {
  it('says nothing of channels', () => {
    const { channel: _, ...mix } = CALLER;
    const merged = mergeChannels([mix]);

    expect(merged).not.toHaveProperty('channels');
    expect(merged.segments).toEqual(CALLER.state.segments);
    expect(merged.speechSeconds).toBe(6);
  });

  it('names no language where nobody spoke', () => {
    const { channel: _, ...mix } = NOBODY;
    const heard = { ...mix, state: { ...mix.state, language: { code: 'cy', probability: 0.2 } } };

    expect(mergeChannels([heard]).language).toEqual({ code: null, probability: null });
  });
});
