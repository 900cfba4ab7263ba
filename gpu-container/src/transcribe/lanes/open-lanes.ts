import { openAll } from '../../thread/open-all.ts';
import { planLanes } from '../../thread/plan-lanes.ts';
import type { RecognizerSource } from '../open-recognizer.ts';
import type { SpeechRecognizer } from '../recognizer.ts';
import { openLane } from './lane.ts';
import { parallelRecognizer } from './parallel-recognizer.ts';

/** While the GPU reads the windows of one lane, the words of the other's are timed. */
const GPU_LANES = 2;

/**
 * Opens as many recognisers as the machine has use for, each in a thread of its
 * own: the small steps of a decoder hardly gain from a second thread inside them.
 *
 * @throws ReelscribeError as {@link openLane}
 */
export async function openLanes(
  source: Omit<RecognizerSource, 'freeBytes'>,
  cores?: number,
): Promise<SpeechRecognizer> {
  const { dir, device } = source;
  const plan = { dir, device, cores, gpuLanes: GPU_LANES };
  const { lanes, threads, freeBytes } = await planLanes(plan);
  const sources = Array<RecognizerSource>(lanes).fill({ ...source, threads, freeBytes });
  return parallelRecognizer(await openAll(sources, openLane));
}
