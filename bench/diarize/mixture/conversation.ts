import { SAMPLE_RATE } from '../../../gpu-container/src/decode/pcm.ts';
import type { SpeechRegion } from '../../../gpu-container/src/vad/speech-regions.ts';
import { mergeTurns, type Turn } from '../score/turn.ts';
import { createRandom, type Random } from './random.ts';
import { type PlannedTurn, planTurns } from './turn-plan.ts';

/** One person's speech. */
export type Voice = {
  readonly id: string;
  /** Mono at 16 kHz. */
  readonly samples: Float32Array;
  /**
   * Where it speaks, in seconds of `samples`, in order and disjoint; it is cut
   * between them only. Best finely cut and without padding.
   */
  readonly speech: readonly SpeechRegion[];
};

export type ConversationOptions = {
  /** The same seed makes the same conversation. */
  seed: number;
  /** Default 4. */
  turnsPerVoice?: number;
  /** Share of the turns that begin while another voice still speaks. Default 0.2. */
  overlapShare?: number;
  /** White noise so far below the speech; none, if not given. */
  snrDecibels?: number;
};

export type Conversation = {
  /** Mono at 16 kHz. */
  readonly samples: Float32Array;
  /** Where each voice really speaks, by start. */
  readonly turns: readonly Turn[];
};

/** Level that voices are brought to before they are made louder or softer: -26 dB below full scale. */
const SPEECH_RMS = 0.05;
const LOUDNESS_DECIBELS = 4;
/** Heard before and after the speech of a turn, as detectors are late. */
const MARGIN_SECONDS = 0.1;
const FADE_SAMPLES = 0.01 * SAMPLE_RATE;
const TAIL_SECONDS = 0.5;
/** Shorter pauses do not end a turn in references of NIST's evaluations. */
const REFERENCE_PAUSE_SECONDS = 0.3;

/**
 * Makes a conversation of recordings of single speakers, and tells exactly who
 * speaks when. Turns last from about 1 to about 12 s, their lengths spread as a
 * log-normal distribution; pauses between them are 0.1 to 1 s, or another voice
 * begins 0.2 to 1 s before one has ended; voices are up to 4 dB louder or softer
 * than the mean. What a voice says is repeated only after all of it was heard.
 *
 * @throws RangeError for a voice that says nothing, or where there is none
 */
export function makeConversation(
  voices: readonly Voice[],
  { seed, turnsPerVoice = 4, overlapShare = 0.2, snrDecibels }: ConversationOptions,
): Conversation {
  const silent = voices.find(({ speech }) => speech.length === 0);
  if (voices.length === 0 || silent !== undefined) {
    throw new RangeError(`there is no speech of ${silent?.id ?? 'anybody'}`);
  }
  const random = createRandom(seed);
  const plan = planTurns(
    voices.map(({ speech }) => speech),
    { turnsPerVoice, overlapShare },
    random,
  );
  const seconds = Math.max(...plan.map(endOf)) + TAIL_SECONDS;
  const samples = new Float32Array(Math.ceil(seconds * SAMPLE_RATE));
  const gains = voices.map((voice) => {
    const decibels = random.uniform(-LOUDNESS_DECIBELS, LOUDNESS_DECIBELS);
    return (SPEECH_RMS / speechRms(voice)) * amplitude(decibels);
  });
  for (const turn of plan) {
    addTurn(samples, voices[turn.voice]!, turn, gains[turn.voice]!);
  }
  const turns = mergeTurns(
    plan.flatMap((turn) => spokenTurns(voices[turn.voice]!.id, turn)),
    seconds,
    REFERENCE_PAUSE_SECONDS,
  ).sort((a, b) => a.start - b.start);
  if (snrDecibels !== undefined) {
    const speechLevel = rms(samples, turns);
    addNoise(samples, speechLevel * amplitude(-snrDecibels), random);
  }
  return { samples: withinFullScale(samples), turns };
}

function endOf({ start, regions }: PlannedTurn): number {
  return start + regions.at(-1)!.end - regions[0]!.start;
}

function spokenTurns(speaker: string, { start, regions }: PlannedTurn): Turn[] {
  const shift = start - regions[0]!.start;
  return regions.map((region) => ({
    start: region.start + shift,
    end: region.end + shift,
    speaker,
  }));
}

/** Adds a turn with what is heard around it, but for what the voice says before and after. */
function addTurn(
  mix: Float32Array,
  { samples, speech }: Voice,
  { start, regions }: PlannedTurn,
  gain: number,
): void {
  const { start: spokenStart } = regions[0]!;
  const { end: spokenEnd } = regions.at(-1)!;
  const before = speech.findLast((region) => region.end <= spokenStart)?.end ?? 0;
  const after = speech.find((region) => region.start >= spokenEnd)?.start ?? Number.MAX_VALUE;
  const from = spokenStart - Math.min(MARGIN_SECONDS, (spokenStart - before) / 2);
  const to = spokenEnd + Math.min(MARGIN_SECONDS, (after - spokenEnd) / 2);
  const piece = samples.slice(Math.round(from * SAMPLE_RATE), Math.round(to * SAMPLE_RATE));
  fadeEnds(piece);
  const offset = Math.round((start - (spokenStart - from)) * SAMPLE_RATE);
  for (let index = 0; index < piece.length; index++) {
    mix[offset + index]! += gain * piece[index]!;
  }
}

/** Without it, a cut in the noise of a room, or in speech, is a click. */
function fadeEnds(samples: Float32Array): void {
  for (let index = 0; index < Math.min(FADE_SAMPLES, samples.length); index++) {
    samples[index]! *= (index + 1) / FADE_SAMPLES;
    samples[samples.length - 1 - index]! *= (index + 1) / FADE_SAMPLES;
  }
}

function speechRms({ samples, speech }: Voice): number {
  return rms(samples, speech) || SPEECH_RMS;
}

/** Root mean square over stretches of samples; those in several count as often. */
function rms(samples: Float32Array, stretches: readonly SpeechRegion[]): number {
  let energy = 0;
  let count = 0;
  for (const { start, end } of stretches) {
    const piece = samples.subarray(Math.round(start * SAMPLE_RATE), Math.round(end * SAMPLE_RATE));
    energy += piece.reduce((sum, sample) => sum + sample * sample, 0);
    count += piece.length;
  }
  return Math.sqrt(energy / Math.max(1, count));
}

function addNoise(samples: Float32Array, level: number, random: Random): void {
  for (let index = 0; index < samples.length; index++) {
    samples[index]! += level * random.normal();
  }
}

function withinFullScale(samples: Float32Array): Float32Array {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return peak > 1 ? samples.map((sample) => sample / peak) : samples;
}

function amplitude(decibels: number): number {
  return 10 ** (decibels / 20);
}
