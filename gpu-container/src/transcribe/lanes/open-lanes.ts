import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { RecognizerSource } from '../open-recognizer.ts';
import type { SpeechRecognizer } from '../recognizer.ts';
import { openLane } from './lane.ts';
import { parallelRecognizer } from './parallel-recognizer.ts';

/** Beyond these, cores serve better inside the lanes. */
const MAX_LANES = 4;
/** Every lane loads the model once more. */
const MODEL_MEMORY_SHARE = 0.25;
const MAX_CORES = 16;

/**
 * Opens as many recognisers as the machine has use for, each in a thread of its
 * own. On a CPU two lanes of one thread do more than one lane of two, because
 * the small steps of a decoder hardly gain from a second thread; a GPU has one
 * lane, which keeps the event loop free.
 *
 * @throws ReelscribeError as {@link openLane}
 */
export async function openLanes(
  source: Omit<RecognizerSource, 'freeBytes'>,
  cores: number = Math.min(MAX_CORES, availableParallelism()),
): Promise<SpeechRecognizer> {
  const freeBytes = process.availableMemory();
  const affordable = Math.floor((freeBytes * MODEL_MEMORY_SHARE) / (await folderBytes(source.dir)));
  const count = source.device === 'cuda' ? 1 : Math.max(1, Math.min(MAX_LANES, cores, affordable));
  const lane = {
    ...source,
    threads: Math.max(1, Math.floor(cores / count)),
    freeBytes: freeBytes / count,
  };
  const opened = await Promise.allSettled(Array.from({ length: count }, () => openLane(lane)));
  const failure = opened.find((outcome) => outcome.status === 'rejected');
  const lanes = opened.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  if (failure) {
    await Promise.all(lanes.map((open) => open.dispose()));
    throw failure.reason;
  }
  return parallelRecognizer(lanes);
}

async function folderBytes(dir: string): Promise<number> {
  const files = await readdir(dir);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(dir, file))).size));
  return sizes.reduce((sum, size) => sum + size, 1);
}
