import type { WindowResult } from '../recognizer.ts';
import { isAcceptable, isRepetitionLoop } from '../result-quality.ts';

/**
 * Decodes windows at one temperature after the other until the result is
 * neither a repetition loop nor improbable (openai/whisper's fallback); only the
 * windows without such a result, and that may fall back, are decoded again, in
 * one batch. Silence is taken as it is, since no temperature makes speech of it.
 * Where none satisfies, the most probable result that is no loop is kept, or else
 * the most probable loop.
 */
export async function decodeWithFallback<Window>(
  temperatures: readonly number[],
  windows: readonly Window[],
  decodeAt: (temperature: number, windows: readonly Window[]) => Promise<WindowResult[]>,
  mayFallBack: (window: Window) => boolean = () => true,
): Promise<WindowResult[]> {
  const attempts = windows.map((): WindowResult[] => []);
  let open = [...windows.keys()];
  for (const temperature of temperatures) {
    const results = await decodeAt(
      temperature,
      open.map((index) => windows[index]!),
    );
    for (const [at, index] of open.entries()) {
      attempts[index]!.push(results[at]!);
    }
    open = open.filter(
      (index) => !isAcceptable(attempts[index]!.at(-1)!) && mayFallBack(windows[index]!),
    );
    if (open.length === 0) {
      break;
    }
  }
  return attempts.map(bestAttempt);
}

function bestAttempt(attempts: readonly WindowResult[]): WindowResult {
  const [best] = attempts.toSorted(
    (a, b) =>
      Number(isAcceptable(b)) - Number(isAcceptable(a)) ||
      Number(isRepetitionLoop(a)) - Number(isRepetitionLoop(b)) ||
      b.avgLogprob - a.avgLogprob,
  );
  if (!best) {
    throw new RangeError('At least one temperature is needed');
  }
  return best;
}
