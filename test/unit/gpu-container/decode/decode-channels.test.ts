import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DecodedChannels,
  decodeAudio,
  decodeChannels,
} from '../../../../gpu-container/src/decode/decode-audio.ts';
import type { MediaTools } from '../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { probeMedia } from '../../../../gpu-container/src/decode/probe.ts';
import type { DecodeOptions } from '../../../../gpu-container/src/decode/run-decoder.ts';
import { channelsWav } from '../../../environment/channels-wav.ts';
import { findMediaTools, runFfmpeg } from '../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { pitch, rms, tone } from './tone.ts';

const SAMPLE_RATE = 16_000;
const MAX_SECONDS = 3_600;

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

async function inputs(folder: string, name: string, options: Partial<DecodeOptions>) {
  const path = join(folder, name);
  const { maxSeconds = MAX_SECONDS } = options;
  const facts = await probeMedia(path, { ffprobe: tools.ffprobe, maxSeconds });
  return [
    path,
    facts,
    { ffmpeg: tools.ffmpeg, scratchDir: folder, maxSeconds, ...options },
  ] as const;
}

async function decode(
  folder: string,
  name: string,
  options: Partial<DecodeOptions> = {},
): Promise<DecodedChannels> {
  return decodeChannels(...(await inputs(folder, name, options)));
}

/** 400 Hz on channel 0, 500 Hz on channel 1 and so on. */
function tones(channelCount: number, seconds: number, sampleRate: number): Float32Array[] {
  return Array.from({ length: channelCount }, (_, channel) =>
    tone(400 + 100 * channel, seconds, sampleRate),
  );
}

/** The pitch of each channel in the second that begins there. */
function pitches({ channels }: DecodedChannels, startSeconds: number): Promise<number[]> {
  return Promise.all(
    channels.map(async ({ pcm }) => pitch(await pcm.read(startSeconds * SAMPLE_RATE, SAMPLE_RATE))),
  );
}

describe('decodeChannels', () => {
  it.each([
    ['a stereo file at 44.1 kHz', 2, 44_100, 'tones.flac', []],
    ['a file of three channels without a layout', 3, 16_000, 'tones.wav', null],
    ['a file of eight channels without a layout', 8, 48_000, 'tones.wav', null],
    ['a lossless 5.1 film', 6, 48_000, 'tones.mkv', ['-c:a', 'flac', '-ac', '6']],
  ])('gives each channel of %s its own samples', async (_, count, sampleRate, name, codec) => {
    await using scratch = await makeScratchDir();
    const wav = join(scratch.path, 'tones.wav');
    await writeFile(wav, channelsWav(tones(count, 2, sampleRate), sampleRate));
    if (codec !== null) {
      await runFfmpeg(tools, ['-i', wav, ...codec, join(scratch.path, name)]);
    }
    await using audio = await decode(scratch.path, name);
    expect(audio).toMatchObject({ partial: false, identical: [] });
    expect(audio.channels.map(({ channel }) => channel)).toEqual([...Array(count).keys()]);
    expect(audio.durationSeconds).toBeCloseTo(2, 2);
    for (const [channel, hertz] of (await pitches(audio, 0.5)).entries()) {
      expect(Math.abs(hertz - (400 + 100 * channel))).toBeLessThan(2);
    }
  });

  it('gives a mono file as channel 0, the same samples as its mix', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'input'), channelsWav([tone(440, 1, 44_100)], 44_100));
    await using audio = await decode(scratch.path, 'input');
    expect(audio.channels.map(({ channel }) => channel)).toEqual([0]);
    const mix = await decodeAudio(...(await inputs(scratch.path, 'input', {})));
    await using pcm = mix.pcm;
    expect(await audio.channels[0]?.pcm.read(0, SAMPLE_RATE)).toEqual(
      await pcm.read(0, SAMPLE_RATE),
    );
  });

  it.each([
    ['wav', []],
    ['mp3', ['-c:a', 'libmp3lame']],
    ['m4a', ['-c:a', 'aac']],
  ])('keeps one of the channels of a mono recording saved as stereo %s', async (name, codec) => {
    await using scratch = await makeScratchDir();
    const speechlike = tone(300, 2).map((sample, at) => sample * Math.sin(at / 2_000) ** 2);
    await writeFile(join(scratch.path, 'mono.wav'), channelsWav([speechlike]));
    await runFfmpeg(tools, [
      ...['-i', join(scratch.path, 'mono.wav'), '-ac', '2', ...codec],
      join(scratch.path, `stereo.${name}`),
    ]);
    await using audio = await decode(scratch.path, `stereo.${name}`);
    expect(audio.channels.map(({ channel }) => channel)).toEqual([0]);
    expect(audio.identical).toEqual([{ channel: 1, sameAs: 0 }]);
    expect(await readdir(scratch.path)).not.toContain('channel-1.f32');
  });

  it('refuses more than eight channels and says what to ask for', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'input'), channelsWav(tones(9, 0.1, 16_000)));
    await expect(decode(scratch.path, 'input')).rejects.toMatchObject({
      code: 'NOT_AVAILABLE',
      message: expect.stringContaining('9 channels'),
      hint: expect.stringContaining('"mix"'),
    });
  });

  it('keeps channels that start late at their place in the media', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'tones.wav'), channelsWav(tones(2, 1, 16_000)));
    await runFfmpeg(tools, [
      ...['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=3'],
      ...['-itsoffset', '1.5', '-i', join(scratch.path, 'tones.wav')],
      ...['-map', '0:v', '-map', '1:a', '-c:v', 'mpeg4', '-c:a', 'flac'],
      join(scratch.path, 'late.mkv'),
    ]);
    await using audio = await decode(scratch.path, 'late.mkv');
    for (const { pcm } of audio.channels) {
      expect(rms(await pcm.read(0, 1.4 * SAMPLE_RATE))).toBe(0);
      expect(rms(await pcm.read(1.6 * SAMPLE_RATE, 0.8 * SAMPLE_RATE))).toBeGreaterThan(0.3);
    }
  });

  it('keeps the part of a cut-off file that is there and says that it is partial', async () => {
    await using scratch = await makeScratchDir();
    const whole = channelsWav(tones(2, 4, 16_000));
    await writeFile(join(scratch.path, 'cut'), whole.subarray(0, whole.length / 2));
    await using audio = await decode(scratch.path, 'cut');
    expect(audio.partial).toBe(true);
    expect(audio.durationSeconds).toBeCloseTo(2, 1);
    const [first = 0, second = 0] = await pitches(audio, 0.5);
    expect([Math.abs(first - 400), Math.abs(second - 500)].every((error) => error < 2)).toBe(true);
  });

  it('lets a channel be silent that the stream stops having', async () => {
    await using scratch = await makeScratchDir();
    const parts: Buffer[] = [];
    for (const channelCount of [2, 1]) {
      const [wav, part] = ['wav', 'ts'].map((kind) =>
        join(scratch.path, `${channelCount}.${kind}`),
      );
      await writeFile(wav!, channelsWav(tones(channelCount, 2, 16_000)));
      await runFfmpeg(tools, ['-i', wav!, '-c:a', 'aac', part!]);
      parts.push(await readFile(part!));
    }
    await writeFile(join(scratch.path, 'broadcast'), Buffer.concat(parts));
    await using audio = await decode(scratch.path, 'broadcast');
    const loudness = (startSeconds: number) =>
      Promise.all(
        audio.channels.map(async ({ pcm }) =>
          rms(await pcm.read(startSeconds * SAMPLE_RATE, SAMPLE_RATE / 2)),
        ),
      );
    const [[first, second], [firstLater, secondLater]] = [
      await loudness(0.5),
      await loudness(audio.durationSeconds - 1),
    ];
    expect(Math.min(first!, second!, firstLater!)).toBeGreaterThan(0.2);
    expect(secondLater).toBe(0);
  });

  it('refuses media over the limit, and leaves none of it behind', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'tones.wav'), channelsWav(tones(2, 4, 16_000)));
    // A live recording has no duration in its header.
    await runFfmpeg(tools, [
      ...['-i', join(scratch.path, 'tones.wav'), '-c:a', 'flac', '-live', '1'],
      join(scratch.path, 'live.mkv'),
    ]);
    await expect(decode(scratch.path, 'live.mkv', { maxSeconds: 2 })).rejects.toMatchObject({
      code: 'MEDIA_TOO_LONG',
    });
    expect((await readdir(scratch.path)).toSorted()).toEqual(['live.mkv', 'tones.wav']);
  });

  it('tells how many seconds of the media are done, whatever the number of channels', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'input'), channelsWav(tones(4, 3, 16_000)));
    const seconds: number[] = [];
    await using _audio = await decode(scratch.path, 'input', {
      onProgress: (done) => seconds.push(done),
    });
    expect(seconds.at(-1)).toBeCloseTo(3, 1);
  });

  it('leaves nothing in the scratch folder once it is disposed of', async () => {
    await using scratch = await makeScratchDir();
    const [low, high] = tones(2, 0.5, 16_000);
    await writeFile(join(scratch.path, 'input'), channelsWav([low!, low!, high!]));
    const audio = await decode(scratch.path, 'input');
    expect(audio.channels.map(({ channel }) => channel)).toEqual([0, 2]);
    await audio[Symbol.asyncDispose]();
    expect(await readdir(scratch.path)).toEqual(['input']);
  });
});
