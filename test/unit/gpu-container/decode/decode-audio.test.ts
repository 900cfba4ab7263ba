import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DecodedAudio,
  decodeAudio,
} from '../../../../gpu-container/src/decode/decode-audio.ts';
import type { MediaTools } from '../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { probeMedia } from '../../../../gpu-container/src/decode/probe.ts';
import type { DecodeOptions } from '../../../../gpu-container/src/decode/run-decoder.ts';
import { findMediaTools, runFfmpeg } from '../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { sineWav } from '../../../environment/sine-wav.ts';
import { pitch, rms } from './tone.ts';

const SAMPLE_RATE = 16_000;

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

/** Probes and decodes `<folder>/<name>` with the decoder's scratch in the same folder. */
async function decode(
  folder: string,
  name: string,
  options: Partial<DecodeOptions> = {},
): Promise<DecodedAudio> {
  const path = join(folder, name);
  const maxSeconds = options.maxSeconds ?? 3_600;
  const facts = await probeMedia(path, { ffprobe: tools.ffprobe, maxSeconds });
  return decodeAudio(path, facts, {
    ffmpeg: tools.ffmpeg,
    scratchDir: folder,
    maxSeconds,
    ...options,
  });
}

async function makeTone(folder: string, name: string, args: readonly string[]): Promise<void> {
  await writeFile(join(folder, 'tone.wav'), sineWav({ seconds: 4 }));
  await runFfmpeg(tools, ['-i', join(folder, 'tone.wav'), ...args, join(folder, name)]);
}

describe('decodeAudio', () => {
  it.each([
    ['16 kHz mono', { sampleRate: 16_000, channels: 1 }],
    ['44.1 kHz stereo', { sampleRate: 44_100, channels: 2 }],
    ['8 kHz mono', { sampleRate: 8_000, channels: 1 }],
    ['96 kHz with 6 channels', { sampleRate: 96_000, channels: 6 }],
  ])('turns a tone in %s into 16 kHz mono of the same length and pitch', async (_label, format) => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'input'), sineWav({ seconds: 2, ...format }));
    const audio = await decode(scratch.path, 'input');
    await using pcm = audio.pcm;
    expect(audio.partial).toBe(false);
    expect(audio.durationSeconds).toBeCloseTo(2, 2);
    expect(pcm.sampleCount).toBe(audio.durationSeconds * SAMPLE_RATE);
    const middle = await pcm.read(8_000, SAMPLE_RATE);
    expect(pitch(middle)).toBeGreaterThan(438);
    expect(pitch(middle)).toBeLessThan(442);
    expect(rms(middle)).toBeGreaterThan(0.3);
  });

  it('keeps the samples of 16 kHz mono as they are', async () => {
    await using scratch = await makeScratchDir();
    const wav = sineWav({ seconds: 1 });
    await writeFile(join(scratch.path, 'input'), wav);
    const audio = await decode(scratch.path, 'input');
    await using pcm = audio.pcm;
    const expected = Float32Array.from(
      { length: SAMPLE_RATE },
      (_, i) => wav.readInt16LE(44 + 2 * i) / 32_768,
    );
    expect(await pcm.read(0, SAMPLE_RATE)).toEqual(expected);
  });

  it('decodes no more than the beginning where no more is wanted', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'input'), sineWav({ seconds: 3 }));
    const audio = await decode(scratch.path, 'input', { firstSeconds: 2 });
    await using pcm = audio.pcm;
    expect(pcm.sampleCount).toBe(2 * SAMPLE_RATE);
  });

  it('keeps audio that starts late at its place in the media', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'tone.wav'), sineWav({ seconds: 1 }));
    await runFfmpeg(tools, [
      ...['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=3'],
      ...['-itsoffset', '1.5', '-i', join(scratch.path, 'tone.wav')],
      ...['-map', '0:v', '-map', '1:a', '-c:v', 'mpeg4', '-c:a', 'flac'],
      join(scratch.path, 'late.mkv'),
    ]);
    const audio = await decode(scratch.path, 'late.mkv');
    await using pcm = audio.pcm;
    expect(rms(await pcm.read(0, 1.4 * SAMPLE_RATE))).toBe(0);
    expect(rms(await pcm.read(1.6 * SAMPLE_RATE, 0.8 * SAMPLE_RATE))).toBeGreaterThan(0.3);
  });

  it('fills what is damaged in the middle with silence and says that it is partial', async () => {
    await using scratch = await makeScratchDir();
    await makeTone(scratch.path, 'tone.mp4', ['-c:a', 'aac', '-movflags', '+faststart']);
    const media = await readFile(join(scratch.path, 'tone.mp4'));
    const start = media.indexOf('mdat') + 8;
    const size = media.length - start;
    media.fill(0xa5, start + Math.round(size * 0.4), start + Math.round(size * 0.6));
    await writeFile(join(scratch.path, 'damaged'), media);
    const audio = await decode(scratch.path, 'damaged');
    await using pcm = audio.pcm;
    expect(audio.partial).toBe(true);
    expect(audio.durationSeconds).toBeGreaterThan(3.9);
    expect(pitch(await pcm.read(0.2 * SAMPLE_RATE, SAMPLE_RATE))).toBeCloseTo(440, -1);
    expect(pitch(await pcm.read(2.8 * SAMPLE_RATE, SAMPLE_RATE))).toBeCloseTo(440, -1);
  });

  it.each([
    ['mkv', ['-c:a', 'libopus']],
    ['flac', []],
    ['mp3', ['-c:a', 'libmp3lame']],
    ['wav', ['-ar', '48000']],
  ] as const)('keeps the part of a cut-off %s file that is there', async (extension, codec) => {
    await using scratch = await makeScratchDir();
    await makeTone(scratch.path, `tone-whole.${extension}`, codec);
    const media = await readFile(join(scratch.path, `tone-whole.${extension}`));
    await writeFile(join(scratch.path, 'cut'), media.subarray(0, media.length / 2));
    const audio = await decode(scratch.path, 'cut');
    await using pcm = audio.pcm;
    expect(audio.partial).toBe(true);
    expect(audio.durationSeconds).toBeGreaterThan(1);
    expect(audio.durationSeconds).toBeLessThan(3);
    expect(pitch(await pcm.read(0.2 * SAMPLE_RATE, 0.6 * SAMPLE_RATE))).toBeCloseTo(440, -1);
  });

  it('reports audio of which nothing can be decoded as MEDIA_CORRUPT', async () => {
    await using scratch = await makeScratchDir();
    await makeTone(scratch.path, 'tone.mp4', ['-c:a', 'aac', '-movflags', '+faststart']);
    const media = await readFile(join(scratch.path, 'tone.mp4'));
    await writeFile(join(scratch.path, 'hollow'), media.fill(0xff, media.indexOf('mdat') + 4));
    await expect(decode(scratch.path, 'hollow')).rejects.toMatchObject({ code: 'MEDIA_CORRUPT' });
    expect(await readdir(scratch.path)).not.toContain('audio.f32');
  });

  it('reports media without audio as NO_AUDIO_STREAM', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'silent-film.mkv');
    await runFfmpeg(tools, [
      ...['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=1', '-c:v', 'mpeg4', path],
    ]);
    await expect(decode(scratch.path, 'silent-film.mkv')).rejects.toMatchObject({
      code: 'NO_AUDIO_STREAM',
    });
  });

  it('stops at the limit where the media does not say how long it is', async () => {
    await using scratch = await makeScratchDir();
    // A live recording has no duration in its header.
    await makeTone(scratch.path, 'live.mkv', ['-c:a', 'flac', '-live', '1', '-f', 'matroska']);
    const facts = await probeMedia(join(scratch.path, 'live.mkv'), {
      ffprobe: tools.ffprobe,
      maxSeconds: 2,
    });
    expect(facts.durationSeconds).toBeNull();
    await expect(decode(scratch.path, 'live.mkv', { maxSeconds: 2 })).rejects.toMatchObject({
      code: 'MEDIA_TOO_LONG',
    });
  });

  it('tells how many seconds are done, up to the end', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'input'), sineWav({ seconds: 3 }));
    const seconds: number[] = [];
    const audio = await decode(scratch.path, 'input', { onProgress: (done) => seconds.push(done) });
    await using _pcm = audio.pcm;
    expect(seconds.at(-1)).toBeCloseTo(3, 1);
  });

  it('leaves nothing in the scratch folder once its samples are disposed of', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'input'), sineWav({ seconds: 0.5 }));
    const audio = await decode(scratch.path, 'input');
    await audio.pcm[Symbol.asyncDispose]();
    expect(await readdir(scratch.path)).toEqual(['input']);
  });

  it('ends a decoder that takes too long with DECODE_TIMEOUT', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'input'), sineWav({ seconds: 0.5 }));
    const ffmpeg = join(scratch.path, 'slow-ffmpeg');
    await writeFile(ffmpeg, '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
    await expect(decode(scratch.path, 'input', { ffmpeg, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'DECODE_TIMEOUT',
    });
  });

  it('stops with the reason of its signal', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'input'), sineWav({ seconds: 0.5 }));
    const controller = new AbortController();
    const reason = new Error('the machine goes away');
    const ffmpeg = join(scratch.path, 'slow-ffmpeg');
    await writeFile(ffmpeg, '#!/bin/sh\necho out_time_us=1000000\nexec sleep 600\n', {
      mode: 0o755,
    });
    await expect(
      decode(scratch.path, 'input', {
        ffmpeg,
        signal: controller.signal,
        onProgress: () => controller.abort(reason),
      }),
    ).rejects.toBe(reason);
  });

  it.each(['KILL', 'TERM'])(
    'does not take a decoder that somebody else ends by SIG%s for the end of the media',
    async (signal) => {
      await using scratch = await makeScratchDir();
      await writeFile(join(scratch.path, 'input'), sineWav({ seconds: 0.5 }));
      const ffmpeg = join(scratch.path, 'killed-ffmpeg');
      await writeFile(
        ffmpeg,
        `#!/bin/sh\nfor last; do :; done\nprintf 12345678 > "$(echo "$last" | cut -c6-)"\nkill -${signal} $$\n`,
        { mode: 0o755 },
      );
      await expect(decode(scratch.path, 'input', { ffmpeg })).rejects.toThrow('ffmpeg was killed');
    },
  );

  it('does not take a full disk for the end of the media', async () => {
    await using scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'input'), sineWav({ seconds: 0.5 }));
    const ffmpeg = join(scratch.path, 'full-disk-ffmpeg');
    await writeFile(
      ffmpeg,
      '#!/bin/sh\nfor last; do :; done\nprintf 12345678 > "$(echo "$last" | cut -c6-)"\necho "[error] No space left on device" >&2\nexit 1\n',
      { mode: 0o755 },
    );
    await expect(decode(scratch.path, 'input', { ffmpeg })).rejects.toThrow('scratch disk is full');
  });
});
