import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MediaTools } from '../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import {
  embedKnownVoices,
  type KnownVoicesOptions,
} from '../../../../gpu-container/src/diarize/known-voices.ts';
import { channelsWav } from '../../../environment/channels-wav.ts';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { findMediaTools } from '../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { loudnessEngine } from '../job/loudness-engine.ts';

const SAMPLE_RATE = 16_000;

let aws: LoopbackAws;
let tools: MediaTools;

beforeAll(async () => {
  aws = await startLoopbackAws();
  await aws.createBucket('voices');
  tools = await findMediaTools();
}, 300_000);

afterAll(() => aws[Symbol.asyncDispose]());

/** Silence in which somebody speaks from one second to another, at that level. */
function clip(seconds: number, ...parts: [from: number, to: number, level: number][]): Buffer {
  const samples = new Float32Array(seconds * SAMPLE_RATE);
  for (const [from, to, level] of parts) {
    samples.fill(level, from * SAMPLE_RATE, to * SAMPLE_RATE);
  }
  return channelsWav([samples]);
}

async function voice(name: string, body: Uint8Array) {
  const s3 = { bucket: 'voices', key: randomUUID() };
  await aws.s3.send(new PutObjectCommand({ Bucket: s3.bucket, Key: s3.key, Body: body }));
  return { name, s3 };
}

/** A voice sounds as its clip is: its length in seconds, and how loud it is. */
const embed: KnownVoicesOptions['embed'] = async (samples) =>
  Float32Array.of(
    samples.length / SAMPLE_RATE,
    samples.reduce((peak, sample) => Math.max(peak, sample), 0),
  );

async function embedAll(
  voices: Parameters<typeof embedKnownVoices>[0],
  options: Partial<KnownVoicesOptions> = {},
) {
  await using scratch = await makeScratchDir();
  const result = await embedKnownVoices(voices, {
    sources: { s3: aws.s3, agent: {} as never },
    tools,
    scratchDir: scratch.path,
    detector: loudnessEngine().detector,
    embed,
    signal: new AbortController().signal,
    log: { warn: () => {} },
    ...options,
  });
  return { ...result, leftovers: await readdir(scratch.path) };
}

describe('the clips of known voices', () => {
  it('are embedded by the speech in them alone, in the order given', async () => {
    const { voices, warnings, leftovers } = await embedAll([
      await voice('Ada', clip(12, [1, 4, 0.5], [8, 10, 0.5])),
      await voice('Bob', clip(4, [0, 4, 0.25])),
    ]);

    expect(voices.map(({ name }) => name)).toEqual(['Ada', 'Bob']);
    // The edges of speech are kept.
    expect(voices[0]?.embedding[0]).toBeCloseTo(5.2, 0);
    expect(voices[1]?.embedding[0]).toBeCloseTo(4, 1);
    expect(voices.map(({ embedding }) => embedding[1])).toEqual([0.5, 0.25]);
    expect({ warnings, leftovers }).toEqual({ warnings: [], leftovers: [] });
  });

  it('are listened to for a minute at most', async () => {
    const { voices } = await embedAll([
      await voice('Ada', clip(100, [0, 59, 0.25], [60, 100, 0.5])),
    ]);

    expect(voices[0]?.embedding[0]).toBeCloseTo(59, 0);
    expect(voices[0]?.embedding[1]).toBe(0.25);
  });

  it('become warnings with their reason where they cannot be used, and the others count', async () => {
    const { voices, warnings, leftovers } = await embedAll([
      { name: 'absent', s3: { bucket: 'voices', key: 'absent' } },
      await voice('text', new TextEncoder().encode('Not a recording.\n'.repeat(50))),
      await voice('empty', new Uint8Array(0)),
      await voice('Ada', clip(5, [0, 5, 0.5])),
      await voice('short', clip(5, [1, 2.5, 0.5])),
      await voice('silent', clip(5)),
    ]);

    expect(voices.map(({ name }) => name)).toEqual(['Ada']);
    expect(warnings.map(({ code, name, cause }) => [code, name, cause])).toEqual([
      ['VOICE_UNREADABLE', 'absent', 'INPUT_NOT_FOUND'],
      ['VOICE_UNREADABLE', 'text', 'UNSUPPORTED_MEDIA'],
      ['VOICE_UNREADABLE', 'empty', 'INPUT_EMPTY'],
      ['VOICE_UNREADABLE', 'short', undefined],
      ['VOICE_UNREADABLE', 'silent', undefined],
    ]);
    expect(warnings[3]?.message).toContain('less than 2 s of speech');
    expect(leftovers).toEqual([]);
  });

  it('become a warning where the model finds them too short, or fails at them', async () => {
    const ada = await voice('Ada', clip(5, [0, 5, 0.5]));
    const tooShort = await embedAll([ada], { embed: async () => undefined });
    const broken = await embedAll([ada], {
      embed: () => Promise.reject(new Error('out of memory')),
    });

    expect(tooShort.warnings).toMatchObject([{ code: 'VOICE_UNREADABLE', name: 'Ada' }]);
    expect(broken.warnings).toMatchObject([{ name: 'Ada', cause: 'INTERNAL' }]);
  });

  it('are left where they are when the work is stopped', async () => {
    const reason = new Error('the machine is taken away');
    const stop = new AbortController();
    const ada = await voice('Ada', clip(5, [0, 5, 0.5]));
    const stopped = embedAll([ada, ada], {
      signal: stop.signal,
      embed: async () => {
        stop.abort(reason);
        throw new Error('the session is gone');
      },
    });

    await expect(stopped).rejects.toBe(reason);
  });
});
