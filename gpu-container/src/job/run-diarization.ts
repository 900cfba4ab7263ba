import type { DiarizationTask } from '#contracts/tasks/diarization.ts';
import type { Transcript, Warning } from '#contracts/transcript.ts';
import { assignSpeakers, type SpokenTranscription } from '../diarize/assign/assign-speakers.ts';
import { type ChannelDiarization, speakersOfChannels } from '../diarize/assign/channel-speakers.ts';
import { matchVoices, type VoiceMatches } from '../diarize/assign/match-voices.ts';
import { nameSpeakers } from '../diarize/assign/name-speakers.ts';
import type { Diarization, Diarizer } from '../diarize/diarizer.ts';
import { embedKnownVoices } from '../diarize/known-voices.ts';
import type { DiarizationEngine } from './diarization-engine.ts';
import { failAs } from './fail-as.ts';
import type { Media } from './get-media.ts';
import { heardMix, speechOf, speechOfChannels } from './heard-channels.ts';
import type { JobContext } from './job-context.ts';
import type { Transcription } from './run-transcription.ts';

/** A transcription whose words have speakers, and who those are. */
export type SpeakerTranscription = SpokenTranscription & {
  /** What told the speakers apart. */
  diarization: NonNullable<Transcript['diarization']>;
  warnings: Warning[];
};

/** What there is to tell speakers apart in. */
export type DiarizationInput = {
  media: Pick<Media, 'path' | 'facts'>;
  transcription: Pick<Transcription, 'recording' | 'channels' | 'merged'>;
};

/**
 * The diarization task: finds out who speaks when, gives the words of the
 * transcription to them, and the names that they have.
 *
 * @param loading its failure is the task's
 * @throws ReelscribeError `DIARIZATION_FAILED`, or what decoding and the models throw
 * @throws The signal's reason, where it was aborted.
 */
export async function runDiarization(
  task: DiarizationTask,
  input: DiarizationInput,
  loading: Promise<DiarizationEngine>,
  context: JobContext,
): Promise<SpeakerTranscription> {
  return await failAs('DIARIZATION_FAILED', context.signal, async () => {
    const engine = await loading;
    context.signal.throwIfAborted();
    return await context.timer.time(
      'diarize',
      () => diarize(task, input, engine, context),
      modelIdsOf(engine).length > 0 ? context.compute.device : 'cpu',
    );
  });
}

async function diarize(
  task: DiarizationTask,
  input: DiarizationInput,
  engine: DiarizationEngine,
  context: JobContext,
): Promise<SpeakerTranscription> {
  context.report('diarize', 0, 0);
  const diarization = await tellApart(task, input, engine, context);
  const spoken = assignSpeakers(input.transcription.merged.segments, diarization);
  const voices = await findKnownVoices(task, spoken, engine, context);
  const named = nameSpeakers(spoken.speakers, task.speakerNames, voices.matches);
  return {
    ...spoken,
    speakers: named.speakers,
    diarization: { backend: task.backend, models: modelIdsOf(engine) },
    warnings: [...voices.warnings, ...named.warnings],
  };
}

function modelIdsOf({ diarizer }: DiarizationEngine): string[] {
  return [...(diarizer?.modelIds ?? [])];
}

async function tellApart(
  task: DiarizationTask,
  { media, transcription }: DiarizationInput,
  { detector, diarizer }: DiarizationEngine,
  context: JobContext,
): Promise<Diarization | ChannelDiarization> {
  if (diarizer === undefined) {
    return speakersOfChannels(await speechOfChannels(transcription, media, detector, context));
  }
  const mix = heardMix(transcription);
  const speech = await speechOf(mix, detector, context);
  // What sounds like speech where no word was understood is music, or noise.
  if (speech.length === 0 || transcription.merged.segments.length === 0) {
    return { turns: [], speakers: [] };
  }
  return await diarizer.diarize(mix.pcm, speech, diarizationOptions(task), {
    signal: context.signal,
    onProgress: (seconds) =>
      context.report('diarize', (seconds * mix.pcm.sampleRate) / mix.pcm.sampleCount, seconds),
  });
}

function diarizationOptions(task: DiarizationTask): Parameters<Diarizer['diarize']>[2] {
  return {
    minSpeakers: task.numSpeakers ?? task.minSpeakers,
    maxSpeakers: task.numSpeakers ?? task.maxSpeakers,
    ...(task.minSegmentDuration !== undefined && { minTurnSeconds: task.minSegmentDuration }),
  };
}

async function findKnownVoices(
  { knownVoices = [] }: DiarizationTask,
  { speakers }: SpokenTranscription,
  { detector, diarizer }: DiarizationEngine,
  { deps, tools, scratchDir, signal }: JobContext,
): Promise<{ matches?: VoiceMatches; warnings: Warning[] }> {
  if (diarizer?.voices === undefined || knownVoices.length === 0) {
    return { warnings: [] };
  }
  const { embed, sameVoiceSimilarity } = diarizer.voices;
  const known = await embedKnownVoices(knownVoices, {
    sources: { s3: deps.s3, agent: deps.agent },
    tools,
    scratchDir,
    detector,
    embed,
    signal,
    log: deps.log,
  });
  return {
    matches: matchVoices(speakers, known.voices, sameVoiceSimilarity),
    warnings: known.warnings,
  };
}
