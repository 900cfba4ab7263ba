import { tellApart } from '../../../gpu-container/src/diarize/tell-apart.ts';
import type { WindowTuning } from '../../../gpu-container/src/diarize/tuning.ts';
import { pooledErrors, scoreDiarization } from '../score/diarization-error.ts';
import { speakersOf } from '../score/turn.ts';
import type { EmbeddedConversation } from './embedded-conversations.ts';

/** What a tuning makes of some conversations. */
export type Outcome = {
  readonly der: number;
  readonly confusion: number;
  /** Share of the conversations with as many speakers found as there are. */
  readonly countAccuracy: number;
  /** Speakers too many or too few, per conversation. */
  readonly countError: number;
};

const COLLAR_SECONDS = 0.25;
/** Nobody said how many there are: the limits must not decide. */
const LIMITS = { minSpeakers: 1, maxSpeakers: 20 };
/** A speaker too many or too few is as bad as so much of the time given to the wrong one. */
const COUNT_ERROR_COST = 0.03;
const PASSES = 2;
const SURE_STANDARD_ERRORS = 2;

type Knob = {
  readonly name: string;
  readonly values: readonly number[];
  readonly set: (tuning: WindowTuning, value: number) => WindowTuning;
};

const KNOBS: readonly Knob[] = [
  {
    name: 'mergeSimilarity',
    values: [0.19, 0.21, 0.23, 0.25, 0.27, 0.29, 0.31],
    set: (tuning, mergeSimilarity) => ({ ...tuning, mergeSimilarity }),
  },
  {
    name: 'coherentSimilarity',
    values: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3],
    set: (tuning, coherentSimilarity) => ({ ...tuning, coherentSimilarity }),
  },
  minVoiceKnob('share', [0.01, 0.02, 0.03, 0.04, 0.06]),
  minVoiceKnob('leastSeconds', [0.4, 0.8, 1.2, 1.6]),
  minVoiceKnob('mostSeconds', [2, 3, 4, 5]),
  minVoiceKnob('scrapSeconds', [0.6, 0.9, 1.2, 1.5]),
  changePriceKnob('inSpeech', [0.1, 0.2, 0.3, 0.5, 0.8]),
  changePriceKnob('acrossPause', [0, 0.1, 0.2, 0.3, 0.5]),
];

function minVoiceKnob(name: keyof WindowTuning['minVoice'], values: readonly number[]): Knob {
  return {
    name: `minVoice.${name}`,
    values,
    set: (tuning, value) => ({ ...tuning, minVoice: { ...tuning.minVoice, [name]: value } }),
  };
}

function changePriceKnob(
  name: keyof WindowTuning['changePrices'],
  values: readonly number[],
): Knob {
  return {
    name: `changePrices.${name}`,
    values,
    set: (tuning, value) => ({
      ...tuning,
      changePrices: { ...tuning.changePrices, [name]: value },
    }),
  };
}

/**
 * Looks for the tuning of least cost, one knob after the other, each time from
 * the best so far (coordinate descent). A knob stays where what turning it gains
 * may be chance.
 *
 * @param say told of every knob's costs
 */
export function searchTuning(
  start: WindowTuning,
  conversations: readonly EmbeddedConversation[],
  say: (line: string) => void,
): WindowTuning {
  let best = { tuning: start, costs: costsOf(start, conversations) };
  for (let pass = 0; pass < PASSES; pass++) {
    for (const { name, values, set } of KNOBS) {
      const tried = values.map((value) => {
        const tuning = set(best.tuning, value);
        return { value, tuning, costs: costsOf(tuning, conversations) };
      });
      const least = tried.reduce((one, other) =>
        mean(other.costs) < mean(one.costs) ? other : one,
      );
      best = isSurelyLess(least.costs, best.costs) ? least : best;
      say(
        `${name}: ${tried.map(({ value, costs }) => `${value} ${mean(costs).toFixed(4)}`).join(', ')}`,
      );
    }
  }
  return best.tuning;
}

/** Whether costs are less, conversation by conversation, by more than chance would have it one time in twenty. */
function isSurelyLess(costs: readonly number[], others: readonly number[]): boolean {
  const gains = costs.map((cost, index) => others[index]! - cost);
  const gain = mean(gains);
  const variance = mean(gains.map((value) => (value - gain) ** 2));
  return gain > SURE_STANDARD_ERRORS * Math.sqrt(variance / gains.length);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What each conversation costs: its share of the errors in time, and what its number of speakers is off by. */
function costsOf(tuning: WindowTuning, conversations: readonly EmbeddedConversation[]): number[] {
  const results = conversations.map((conversation) => resultOf(tuning, conversation));
  const meanTotal = mean(results.map(({ errors }) => errors.total));
  return results.map(
    ({ errors, countError }) =>
      (errors.missed + errors.falseAlarm + errors.confusion) / meanTotal +
      COUNT_ERROR_COST * countError,
  );
}

function resultOf(tuning: WindowTuning, { speakers, speech, turns }: EmbeddedConversation) {
  const found = tellApart(speech, LIMITS, tuning);
  const named = found.turns.map((turn) => ({ ...turn, speaker: String(turn.speaker) }));
  const options = { recordingSeconds: speech.durationSeconds, collarSeconds: COLLAR_SECONDS };
  return {
    errors: scoreDiarization(turns, named, options),
    countError: Math.abs(speakersOf(named).length - speakers),
  };
}

export function outcomeOf(
  tuning: WindowTuning,
  conversations: readonly EmbeddedConversation[],
): Outcome {
  const results = conversations.map((conversation) => resultOf(tuning, conversation));
  const errors = pooledErrors(results.map((result) => result.errors));
  const off = results.map(({ countError }) => countError);
  return {
    der: (errors.missed + errors.falseAlarm + errors.confusion) / errors.total,
    confusion: errors.confusion / errors.total,
    countAccuracy: off.filter((error) => error === 0).length / off.length,
    countError: mean(off),
  };
}
