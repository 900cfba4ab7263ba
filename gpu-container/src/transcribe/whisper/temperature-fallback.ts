import type { WindowResult } from '../recognizer.ts';
import { isImprobable, isRepetitionLoop, isSilence } from '../result-quality.ts';

/**
 * Decodes at one temperature after the other until the result is neither a
 * repetition loop nor improbable (openai/whisper's fallback); silence is taken
 * as it is, since no temperature makes speech of it. When none satisfies, the
 * most probable result that is no loop is kept, or else the most probable loop.
 */
export async function decodeWithFallback(
  temperatures: readonly number[],
  decodeAt: (temperature: number) => Promise<WindowResult>,
): Promise<WindowResult> {
  const attempts: WindowResult[] = [];
  for (const temperature of temperatures) {
    const result = await decodeAt(temperature);
    if (isSilence(result) || !(isRepetitionLoop(result) || isImprobable(result))) {
      return result;
    }
    attempts.push(result);
  }
  const [best] = attempts.toSorted(
    (a, b) =>
      Number(isRepetitionLoop(a)) - Number(isRepetitionLoop(b)) || b.avgLogprob - a.avgLogprob,
  );
  if (!best) {
    throw new RangeError('At least one temperature is needed');
  }
  return best;
}
