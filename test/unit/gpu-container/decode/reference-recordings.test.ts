import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from '@jest/globals';
import { decodeAudio } from '../../../../gpu-container/src/decode/decode-audio.ts';
import type { MediaTools } from '../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { probeMedia } from '../../../../gpu-container/src/decode/probe.ts';
import { findMediaTools } from '../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { describeWithShared, sharedPath } from '../../../environment/shared.ts';

const LENGTH_TOLERANCE_SECONDS = 0.1;
const MAX_SECONDS = 36_000;

type Recording = {
  file: string;
  seconds: number | null;
  expect: 'ok' | 'no_speech' | 'no_audio' | 'undecodable' | 'partial';
};

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

async function decode(file: string): Promise<{ durationSeconds: number; partial: boolean }> {
  await using scratch = await makeScratchDir();
  const path = sharedPath('audio', file);
  const facts = await probeMedia(path, { ffprobe: tools.ffprobe, maxSeconds: MAX_SECONDS });
  const { pcm, durationSeconds, partial } = await decodeAudio(path, facts, {
    ffmpeg: tools.ffmpeg,
    scratchDir: scratch.path,
    maxSeconds: MAX_SECONDS,
  });
  await pcm[Symbol.asyncDispose]();
  return { durationSeconds, partial };
}

describeWithShared('decoding the reference recordings', () => {
  const manifest = (): Recording[] =>
    JSON.parse(readFileSync(sharedPath('audio', 'manifest.json'), 'utf8')) as Recording[];
  const expecting = (...kinds: Recording['expect'][]) =>
    manifest().filter((recording) => kinds.includes(recording.expect));

  it('gives each sound recording whole', async () => {
    const recordings = expecting('ok', 'no_speech');
    expect(recordings.length).toBeGreaterThan(0);
    for (const { file, seconds } of recordings) {
      const { durationSeconds, partial } = await decode(file);
      expect({ file, partial }).toEqual({ file, partial: false });
      const error = Math.abs(durationSeconds - (seconds ?? Number.NaN));
      expect({ file, isWithin: error <= LENGTH_TOLERANCE_SECONDS }).toEqual({
        file,
        isWithin: true,
      });
    }
  });

  it('reports each damaged recording as partial', async () => {
    for (const { file } of expecting('partial')) {
      expect({ file, ...(await decode(file)) }).toMatchObject({ file, partial: true });
    }
  });

  it('gives each recording without audio and each unreadable one its code', async () => {
    const codes = {
      no_audio: ['NO_AUDIO_STREAM'],
      undecodable: ['UNSUPPORTED_MEDIA', 'MEDIA_CORRUPT'],
    } as const;
    for (const kind of ['no_audio', 'undecodable'] as const) {
      for (const { file } of expecting(kind)) {
        const code = await decode(file).then(
          () => 'decoded',
          (error: { code: string }) => error.code,
        );
        expect({ file, code, isTyped: codes[kind].some((known) => known === code) }).toEqual({
          file,
          code,
          isTyped: true,
        });
      }
    }
  });
});
