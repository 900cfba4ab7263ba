import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { MediaTools } from '../../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { extractFrames } from '../../../../../gpu-container/src/embed/frames/extract-frames.ts';
import {
  offersHardware,
  suitsHardware,
} from '../../../../../gpu-container/src/embed/frames/hardware-decode.ts';
import type { VideoFacts } from '../../../../../gpu-container/src/embed/frames/probe-video.ts';
import type { DecodeRun } from '../../../../../gpu-container/src/embed/frames/run-plan.ts';
import { findMediaTools } from '../../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { extract, hashOf, makeClip } from './clips.ts';

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

/** 4 s at 25 frames a second, with B-frames and edges of colour. */
const PATTERN = [
  ...['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=4', '-pix_fmt', 'yuv420p'],
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '12'],
];
const TIMES = [0, 0.5, 0.54, 1.3, 2, 3.33, 3.96];
/** Hardware for any run, however short. */
const ANY_RUN = { hardware: 'cuda', worthwhilePixels: 0 } as const;

type HardwareFfmpeg = AsyncDisposable & {
  readonly path: string;
  /** The command lines that asked for hardware. */
  hardwareRuns(): Promise<string[]>;
};

/**
 * An ffmpeg whose hardware is software that gives frames as an NVDEC does, with two of
 * their colour planes interleaved.
 *
 * @param behaviour `lacks`: it was built without. `fails`: there is no such device. `stops`: the
 * device gives two frames and no more.
 */
async function hardwareFfmpeg(
  behaviour: 'works' | 'lacks' | 'fails' | 'stops',
): Promise<HardwareFfmpeg> {
  const scratch = await makeScratchDir();
  const [path, log] = [join(scratch.path, 'ffmpeg'), join(scratch.path, 'log')];
  await writeFile(log, '');
  const script = `#!/bin/sh
case "$*" in
  *-hwaccels*) printf 'Hardware acceleration methods:\\nvaapi\\n${behaviour === 'lacks' ? '' : 'cuda\\n'}\\n'; exit 0 ;;
  *'-hwaccel cuda'*) printf '%s\\n' "$*" >> '${log}' ;;
  *) exec '${tools.ffmpeg}' "$@" ;;
esac
${behaviour === 'fails' ? 'exit 1' : ''}
before=''
for argument do
  shift
  case "$before" in
    -hwaccel) before=''; continue ;;
    -vf) set -- "$@" "format=nv12,$argument" ;;
    -frames:v) set -- "$@" ${behaviour === 'stops' ? '2' : '"$argument"'} ;;
    *) [ "$argument" = -hwaccel ] || set -- "$@" "$argument" ;;
  esac
  before=$argument
done
exec '${tools.ffmpeg}' "$@"
`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return {
    path,
    hardwareRuns: async () => (await readFile(log, 'utf8')).split('\n').filter(Boolean),
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}

describe('decoding on hardware', () => {
  it('gives the frames that software gives, to the bit', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', PATTERN);
    await using ffmpeg = await hardwareFfmpeg('works');
    const software = await extract(tools, clip.path, TIMES);
    const hardware = await extract(tools, clip.path, TIMES, { ...ANY_RUN, ffmpeg: ffmpeg.path });
    expect((await ffmpeg.hardwareRuns()).length).toBeGreaterThan(0);
    expect(hardware.frames.map(({ time }) => time)).toEqual(
      software.frames.map(({ time }) => time),
    );
    expect(hardware.frames.map(hashOf)).toEqual(software.frames.map(hashOf));
  });

  it('is not asked of an ffmpeg that was built without it', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', PATTERN);
    await using ffmpeg = await hardwareFfmpeg('lacks');
    const options = { ...ANY_RUN, ffmpeg: ffmpeg.path };
    const { frames } = await extract(tools, clip.path, TIMES, options);
    expect(frames).toHaveLength(TIMES.length);
    expect(await ffmpeg.hardwareRuns()).toEqual([]);
    expect(await offersHardware(ffmpeg.path, 'cuda')).toBe(false);
  });

  it('is asked of an ffmpeg once, and never of one that does not start', async () => {
    await using ffmpeg = await hardwareFfmpeg('works');
    expect(await offersHardware(ffmpeg.path, 'cuda')).toBe(true);
    await writeFile(ffmpeg.path, '#!/bin/sh\nexit 1\n');
    expect(await offersHardware(ffmpeg.path, 'cuda')).toBe(true);
    expect(await offersHardware(`${ffmpeg.path}-of-nobody`, 'cuda')).toBe(false);
  });

  it('is tried once where there is no such device, and software gives the frames', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', PATTERN);
    await using ffmpeg = await hardwareFfmpeg('fails');
    const software = await extract(tools, clip.path, TIMES, { strategy: 'seek' });
    const hardware = await extract(tools, clip.path, TIMES, {
      ...ANY_RUN,
      strategy: 'seek',
      concurrency: 1,
      ffmpeg: ffmpeg.path,
    });
    expect(await ffmpeg.hardwareRuns()).toHaveLength(1);
    expect(hardware.frames.map(hashOf)).toEqual(software.frames.map(hashOf));
  });

  it.each(['with', 'without'])(
    'goes on in software where the device stops, %s an index of the frames',
    async (indexed) => {
      await using clip = await makeClip(tools, 'clip.mp4', PATTERN);
      await using ffmpeg = await hardwareFfmpeg('stops');
      const { facts, index, frames } = await extract(tools, clip.path, TIMES);
      const hashes: string[] = [];
      for await (const frame of extractFrames(
        clip.path,
        facts,
        indexed === 'with' ? index : null,
        TIMES,
        { ...ANY_RUN, strategy: 'decode', ffmpeg: ffmpeg.path },
      )) {
        hashes.push(hashOf(frame));
      }
      expect(await ffmpeg.hardwareRuns()).toHaveLength(1);
      expect(hashes).toEqual(frames.map(hashOf));
    },
  );

  it('is done where all frames came, of which one is shown at two times', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', PATTERN);
    await using ffmpeg = await hardwareFfmpeg('works');
    const { facts } = await extract(tools, clip.path, TIMES);
    const frames: number[] = [];
    const options = { ...ANY_RUN, ffmpeg: ffmpeg.path };
    for await (const { time } of extractFrames(clip.path, facts, null, [1, 1.001, 2], options)) {
      frames.push(time);
    }
    expect(frames).toEqual([1, 1, 2].map((time) => expect.closeTo(time, 6)));
    expect(await ffmpeg.hardwareRuns()).toHaveLength(1);
  });
});

describe('suitsHardware', () => {
  const facts: VideoFacts = {
    index: 0,
    codec: 'h264',
    container: 'mov,mp4',
    pixelFormat: 'yuv420p',
    width: 1920,
    height: 1080,
    isStill: false,
    startSeconds: 0,
    timeBaseSeconds: 1 / 90_000,
    durationSeconds: 60,
    frameRate: 30,
  };
  const run: DecodeRun = {
    seek: { keyframeSeconds: 10, aimSeconds: 10.1 },
    thresholds: [19.99, 29.99],
    times: [20, 30],
    skips: 'none',
  };

  it('takes a long run of what it decodes as software does', () => {
    expect(suitsHardware(facts, run)).toBe(true);
    expect(suitsHardware({ ...facts, codec: 'hevc', pixelFormat: 'yuv420p10le' }, run)).toBe(true);
  });

  it.each<[string, Partial<VideoFacts>]>([
    ['pictures', { isStill: true }],
    ['codecs whose decoders may round differently', { codec: 'mpeg2video' }],
    ['colours in full resolution', { pixelFormat: 'yuv444p' }],
    ['more bits than cards decode', { pixelFormat: 'yuv420p10le' }],
    ['formats that nothing is known of', { pixelFormat: 'unknown' }],
  ])('leaves %s to software', (_, changed) => {
    expect(suitsHardware({ ...facts, ...changed }, run)).toBe(false);
  });

  it('leaves a run to software that is done before hardware is ready', () => {
    const oneSecond = { ...run, thresholds: [10.99], times: [11] };
    expect(suitsHardware(facts, oneSecond)).toBe(false);
    expect(suitsHardware({ ...facts, width: 7680, height: 4320 }, oneSecond)).toBe(true);
    expect(suitsHardware(facts, { ...run, skips: 'nokey' })).toBe(false);
  });

  it('takes a run through a video of unknown length', () => {
    const blind: DecodeRun = { ...run, seek: null, times: null };
    expect(suitsHardware({ ...facts, durationSeconds: null }, blind)).toBe(true);
    expect(suitsHardware({ ...facts, durationSeconds: 2 }, blind)).toBe(false);
  });
});
