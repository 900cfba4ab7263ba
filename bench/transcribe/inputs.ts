import { join } from 'node:path';
import type { Recording } from './data-set.ts';
import { pcmSeconds, writeLoop } from './loop-recording.ts';
import type { DecodeToFile } from './product.ts';
import type { SideInput } from './side-messages.ts';

/** A recording, decoded. */
export type DecodedRecording = Recording & { input: SideInput };

const WARM_UP_SECONDS = 10;

/** Decodes recordings once for both sides; those that can't be decoded are told of and left out. */
export async function decodeRecordings(
  recordings: readonly Recording[],
  decode: DecodeToFile,
  scratchDir: string,
  say: (line: string) => void,
): Promise<DecodedRecording[]> {
  const decoded: DecodedRecording[] = [];
  for (const [index, recording] of recordings.entries()) {
    const { file: name, path, language } = recording;
    const pcmPath = join(scratchDir, `recording-${index}.f32`);
    try {
      const seconds = await decode(path, pcmPath);
      decoded.push({ ...recording, input: { name, pcmPath, seconds, language } });
    } catch (error) {
      say(`${name} is left out: ${(error as Error).message}`);
    }
  }
  return decoded;
}

/**
 * What recordings of a given length are made of: the English ones with a
 * reference text; where there are none, all of one language; else all.
 */
export function speechClips<T extends Recording>(recordings: readonly T[]): T[] {
  const spoken = recordings.filter(({ isSpeechless }) => !isSpeechless);
  const written = spoken.filter(({ text }) => text !== undefined);
  const language = written.some((clip) => clip.language === 'en') ? 'en' : written[0]?.language;
  return written.length === 0 ? spoken : written.filter((clip) => clip.language === language);
}

/** Recordings of so many minutes, made by repeating clips. */
export async function loopClips(
  clips: readonly DecodedRecording[],
  minutes: readonly number[],
  scratchDir: string,
): Promise<SideInput[]> {
  const paths = clips.map(({ input }) => input.pcmPath);
  const language = clips[0]?.language;
  return await Promise.all(
    minutes.map(async (length) => {
      const pcmPath = join(scratchDir, `loop-${length}.f32`);
      await writeLoop(paths, length * 60, pcmPath);
      return { name: `${length} min`, pcmPath, seconds: length * 60, language };
    }),
  );
}

/** The beginning of an input, to warm a side up with. */
export async function warmUpInput(input: SideInput, scratchDir: string): Promise<SideInput> {
  const pcmPath = join(scratchDir, 'warm-up.f32');
  const seconds = Math.min(WARM_UP_SECONDS, await pcmSeconds(input.pcmPath));
  await writeLoop([input.pcmPath], seconds, pcmPath);
  return { ...input, name: 'warm-up', pcmPath, seconds };
}
