import { ProcessError, runProcess } from '../../decode/run-process.ts';
import { MAX_MEMORY_BYTES } from '../../decode/untrusted-input.ts';
import type { VideoFacts } from './probe-video.ts';
import type { DecodeRun } from './run-plan.ts';

/** What decodes videos beside the processor, by ffmpeg's name of it. */
export type Hardware = 'cuda';

const ASK_TIMEOUT_MS = 10_000;

/**
 * What an NVDEC decodes to the bit as software does, for a standard says how: the inverse
 * transforms of MPEG-2 and MPEG-4 may round differently. AV1 is left to libdav1d, which
 * ffmpeg prefers. Of 4:2:0 alone, and of 8 bits in H.264, on every card since 2016.
 */
const DECODABLE: Readonly<Record<string, readonly string[]>> = {
  h264: ['yuv420p', 'yuvj420p'],
  hevc: ['yuv420p', 'yuvj420p', 'yuv420p10le'],
  vp8: ['yuv420p'],
  vp9: ['yuv420p'],
};

/**
 * What a core decodes in about a second: 240 frames of 1920 by 1080. A process that is to
 * use CUDA needs some tenths of one before its first frame.
 */
const WORTHWHILE_PIXELS = 500_000_000;

/** By the path of the program: what it was built with does not change while it runs. */
const answers = new Map<string, Promise<ReadonlySet<string>>>();

/** Whether a program was built with what it takes to decode on such hardware; not whether there is any. */
export async function offersHardware(ffmpeg: string, hardware: Hardware): Promise<boolean> {
  const answer = answers.get(ffmpeg) ?? askForHardware(ffmpeg);
  answers.set(ffmpeg, answer);
  return (await answer).has(hardware);
}

/** `ffmpeg -hwaccels` has a heading, and a name on each line after it. */
async function askForHardware(ffmpeg: string): Promise<ReadonlySet<string>> {
  try {
    const { stdout } = await runProcess(ffmpeg, ['-hide_banner', '-hwaccels'], {
      timeoutMs: ASK_TIMEOUT_MS,
      maxMemoryBytes: MAX_MEMORY_BYTES,
    });
    return new Set(stdout.split('\n').map((line) => line.trim()));
  } catch (error) {
    // Whether it can decode at all is seen when it is to.
    if (error instanceof ProcessError) {
      return new Set();
    }
    throw error;
  }
}

/**
 * Whether hardware gives the frames of a run that software would, and is worth starting.
 *
 * @param worthwhilePixels decoded by the run; fewer are done before hardware is ready
 */
export function suitsHardware(
  facts: VideoFacts,
  run: DecodeRun,
  worthwhilePixels = WORTHWHILE_PIXELS,
): boolean {
  const formats = DECODABLE[facts.codec] ?? [];
  return (
    !facts.isStill &&
    formats.includes(facts.pixelFormat) &&
    framesToDecode(facts, run) * facts.width * facts.height >= worthwhilePixels
  );
}

/** About how many frames a run decodes; as many as it likes where the file does not say. */
function framesToDecode(
  { durationSeconds, frameRate }: VideoFacts,
  { seek, times, skips }: DecodeRun,
): number {
  if (skips === 'nokey' && times !== null) {
    return times.length;
  }
  const end = times?.at(-1) ?? durationSeconds;
  return end === null || frameRate === null
    ? Number.POSITIVE_INFINITY
    : (end - (seek?.keyframeSeconds ?? 0)) * frameRate + 1;
}

/**
 * The filter that gives frames from hardware the layout that software gives them in, to
 * the bit: colour planes that NVDEC interleaves would else be enlarged by another method on
 * the way to RGB, and differ by some levels at edges of colour.
 */
export function softwareLayoutFilter({ pixelFormat }: VideoFacts): string {
  return `format=${pixelFormat}`;
}
