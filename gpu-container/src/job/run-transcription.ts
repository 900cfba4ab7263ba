import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import { type Transcript, warning } from '#contracts/transcript.ts';
import { type DecodedChannels, decodeAudio, decodeChannels } from '../decode/decode-audio.ts';
import { type MediaFacts, requireAudio } from '../decode/probe.ts';
import type { DecodeOptions } from '../decode/run-decoder.ts';
import { buildTranscript } from './build-transcript.ts';
import { type ChannelState, createCheckpointStore } from './checkpoint.ts';
import type { JobContext } from './job-context.ts';
import { mergeChannels } from './merge-channels.ts';
import { type ChannelAudio, transcribeChannels } from './transcribe-channels.ts';
import { openTranscriptionEngine } from './transcription-engine.ts';

/** Of the time of a transcription, what storing it may take. */
const CHECKPOINT_TIME_SHARE = 0.05;

/** What the transcription task makes of a media file. */
export type Transcription = { transcript: Transcript; modelId: string; coldStartSeconds: number };

/**
 * The transcription task: decodes the audio, finds the speech and writes it
 * down, going on from what an earlier attempt stored.
 *
 * @throws ReelscribeError `NO_AUDIO_STREAM`, `TRANSCRIPTION_FAILED`, or what
 *   decoding and the models throw
 */
export async function runTranscription(
  task: TranscriptionTask,
  media: { path: string; sha256: string; facts: MediaFacts },
  context: JobContext,
): Promise<Transcription> {
  const { deps, record, report, signal, timer, tools } = context;
  requireAudio(media.facts);
  const checkpoints = createCheckpointStore(
    deps.s3,
    deps.environment.ARTIFACTS_BUCKET,
    record.jobId,
  );
  // The models load while ffmpeg works, in a process of its own.
  const loading = timed(() =>
    openTranscriptionEngine(task.model, deps.models, deps.environment.DEVICE),
  );
  loading.catch(() => {});
  try {
    report('decode', 0, 0);
    const total = media.facts.durationSeconds;
    await using audio = await timer.time('decode', () =>
      decodeFor(task, media, {
        ffmpeg: tools.ffmpeg,
        scratchDir: context.scratchDir,
        maxSeconds: deps.environment.MAX_MEDIA_SECONDS,
        signal,
        onProgress: (seconds) => report('decode', total ? seconds / total : 0, seconds),
      }),
    );
    const { result: engine, seconds: loadingSeconds } = await loading;
    const resumeFrom = await checkpoints.load(media.sha256);
    const channels = await transcribeChannels(audio.channels, task, engine, {
      timer,
      report,
      signal,
      device: deps.environment.DEVICE,
      resumeFrom,
      log: deps.log,
      onStates: storeNowAndThen(
        (states) => checkpoints.save(media.sha256, states),
        resumeFrom,
        context,
      ),
    });
    return {
      modelId: engine.recognizer.modelId,
      coldStartSeconds: context.bootSeconds + loadingSeconds,
      transcript: buildTranscript({
        record,
        task,
        transcription: mergeChannels(channels, audio.identical),
        durationSeconds: audio.durationSeconds,
        warnings: audio.partial ? [warning('MEDIA_PARTLY_DECODED')] : [],
        stages: timer.metrics,
      }),
    };
  } finally {
    const engine = (await loading.catch(() => undefined))?.result;
    await Promise.all([engine?.detector.dispose(), engine?.recognizer.dispose()]);
  }
}

/** The audio as the task wants it: channel by channel, or the mix of all as the only one. */
type AudioOfTask = Omit<DecodedChannels, 'channels'> & { channels: ChannelAudio[] };

async function decodeFor(
  task: TranscriptionTask,
  media: { path: string; facts: MediaFacts },
  options: DecodeOptions,
): Promise<AudioOfTask> {
  if (task.channels === 'separate') {
    return decodeChannels(media.path, media.facts, options);
  }
  const { pcm, ...audio } = await decodeAudio(media.path, media.facts, options);
  return {
    ...audio,
    channels: [{ pcm }],
    identical: [],
    [Symbol.asyncDispose]: () => pcm[Symbol.asyncDispose](),
  };
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  return { result: await work(), seconds: (performance.now() - start) / 1000 };
}

/**
 * Stores states after every batch, unless that would take too large a share of
 * the time, and always before an interruption takes effect.
 */
function storeNowAndThen(
  save: (states: readonly ChannelState[]) => Promise<void>,
  resumedFrom: readonly ChannelState[],
  { signal, deps: { log } }: JobContext,
): (states: readonly ChannelState[]) => Promise<void> {
  let stored = resumedFrom;
  let next = 0;
  return async (states) => {
    const start = performance.now();
    if (states === stored || (!signal.aborted && start < next)) {
      return;
    }
    try {
      await save(states);
      stored = states;
      const end = performance.now();
      next = end + (end - start) / CHECKPOINT_TIME_SHARE;
    } catch (err) {
      log.warn({ err }, 'the checkpoint could not be stored');
    }
  };
}
