import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { MediaTools } from '../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import {
  type MediaFacts,
  probeMedia,
  requireAudio,
} from '../../../../gpu-container/src/decode/probe.ts';
import { startLoopbackServer } from '../../../environment/loopback-server.ts';
import { findMediaTools, runFfmpeg } from '../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { sineWav } from '../../../environment/sine-wav.ts';

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

function probe(path: string, maxSeconds = 3_600): Promise<MediaFacts> {
  return probeMedia(path, { ffprobe: tools.ffprobe, maxSeconds });
}

async function probeContent(content: Buffer | string, maxSeconds?: number): Promise<MediaFacts> {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'input');
  await writeFile(path, content);
  return await probe(path, maxSeconds);
}

describe('probeMedia', () => {
  it('tells container, duration and audio stream of a WAV file', async () => {
    const wav = sineWav({ seconds: 1.5, sampleRate: 44_100, channels: 2 });
    expect(await probeContent(wav)).toEqual({
      container: 'wav',
      durationSeconds: 1.5,
      durationIsEstimate: false,
      audio: [
        { index: 0, codec: 'pcm_s16le', channels: 2, sampleRate: 44_100, durationSeconds: 1.5 },
      ],
      video: [],
    });
  });

  it('tells pictures from sound and leaves cover art out', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'film.mkv');
    const cover = join(scratch.path, 'cover.png');
    await runFfmpeg(tools, [
      ...['-f', 'lavfi', '-i', 'color=red:size=16x16', '-frames:v', '1', cover],
    ]);
    await runFfmpeg(tools, [
      ...['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=1'],
      ...['-f', 'lavfi', '-i', 'sine=duration=1', '-c:v', 'mpeg4', '-c:a', 'flac'],
      ...['-attach', cover, '-metadata:s:t', 'mimetype=image/png', path],
    ]);
    const facts = await probe(path);
    expect(facts.video).toEqual([
      expect.objectContaining({ codec: 'mpeg4', width: 64, height: 48, frameRate: 25 }),
    ]);
    expect(requireAudio(facts)).toMatchObject({ index: 1, codec: 'flac', channels: 1 });
  });

  it('reads MPEG-TS, whose service names need character sets', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'input');
    await runFfmpeg(tools, [
      ...['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'mp2'],
      ...['-metadata', 'service_name=Tést', '-f', 'mpegts', path],
    ]);
    expect(await probe(path)).toMatchObject({ container: 'mpegts', audio: [{ codec: 'mp2' }] });
  });

  it.each([
    ['no bytes', ''],
    ['text', 'Once upon a time there was a text file.\n'.repeat(100)],
    ['zeros', Buffer.alloc(100_000)],
    ['noise', randomBytes(100_000)],
    ['a subtitle file', '1\n00:00:00,000 --> 00:00:01,000\nHello\n'],
  ])('refuses %s as UNSUPPORTED_MEDIA', async (_label, content) => {
    await expect(probeContent(content)).rejects.toMatchObject({ code: 'UNSUPPORTED_MEDIA' });
  });

  it('reports an mp4 file without its index as MEDIA_CORRUPT', async () => {
    const mediaData = Buffer.concat([
      Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex'),
      Buffer.from('7fffffff6d646174', 'hex'),
      randomBytes(10_000),
    ]);
    await expect(probeContent(mediaData)).rejects.toMatchObject({ code: 'MEDIA_CORRUPT' });
  });

  it('refuses media over the limit and takes media at the limit', async () => {
    await expect(probeContent(sineWav({ seconds: 2.1 }), 2)).rejects.toMatchObject({
      code: 'MEDIA_TOO_LONG',
    });
    expect(await probeContent(sineWav({ seconds: 2 }), 2)).toMatchObject({ durationSeconds: 2 });
  });

  it('reads a file whose name looks like an option or a protocol', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'http:-version%d.wav');
    await writeFile(path, sineWav({ seconds: 0.1 }));
    expect(await probe(path)).toMatchObject({ container: 'wav' });
  });

  it.each([
    [
      'an HLS playlist',
      'list.m3u8',
      '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\ncanary.ts\n#EXT-X-ENDLIST\n',
    ],
    ['a concat script', 'list.ffconcat', "ffconcat version 1.0\nfile 'canary.ts'\n"],
  ])('does not let %s read another file', async (_label, name, playlist) => {
    await using scratch = await makeScratchDir();
    const canary = join(scratch.path, 'canary.ts');
    await runFfmpeg(tools, ['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'mp2', canary]);
    await writeFile(join(scratch.path, name), playlist);
    await expect(probe(join(scratch.path, name))).rejects.toMatchObject({
      code: 'UNSUPPORTED_MEDIA',
    });
  });

  it('does not let a playlist reach an address', async () => {
    await using server = await startLoopbackServer((_request, response) => response.end('x'));
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'list.m3u8');
    await writeFile(
      path,
      `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n${server.origin}/a.ts\n#EXT-X-ENDLIST\n`,
    );
    await expect(probe(path)).rejects.toMatchObject({ code: 'UNSUPPORTED_MEDIA' });
    expect(server.connections()).toBe(0);
  });

  it('reports an ffprobe that is not there as FFMPEG_NOT_FOUND', async () => {
    await expect(
      probeMedia('/dev/null', { ffprobe: '/nonexistent/ffprobe', maxSeconds: 60 }),
    ).rejects.toMatchObject({ code: 'FFMPEG_NOT_FOUND' });
  });
});

describe('requireAudio', () => {
  const stream = { channels: 2, sampleRate: 48_000, durationSeconds: null };
  const facts: MediaFacts = {
    container: 'mov',
    durationSeconds: 1,
    durationIsEstimate: false,
    audio: [],
    video: [],
  };

  it('takes the first stream whose codec is known', () => {
    const known = { ...stream, index: 2, codec: 'aac' };
    const audio = [{ ...stream, index: 1, codec: 'unknown' }, known];
    expect(requireAudio({ ...facts, audio })).toBe(known);
  });

  it('reports media without audio as NO_AUDIO_STREAM', () => {
    expect(() => requireAudio(facts)).toThrow(expect.objectContaining({ code: 'NO_AUDIO_STREAM' }));
  });
});
