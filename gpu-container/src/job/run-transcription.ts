import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import { type Transcript, warning } from '#contracts/transcript.ts';
import { decodeAudio } from '../decode/decode-audio.ts';
import { type MediaFacts, requireAudio } from '../decode/probe.ts';
import { buildTranscript } from './build-transcript.ts';
import { createCheckpointStore, type TranscriptionState } from './checkpoint.ts';
import type { JobContext } from './job-context.ts';
import { transcribeMedia } from './transcribe-media.ts';
import { openTranscriptionEngine } from './transcription-engine.ts';

/** A state older than this is stored: no more than this much work is ever done twice. */
const CHECKPOINT_INTERVAL_SECONDS = 15;

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
    const audio = await timer.time('decode', () =>
      decodeAudio(media.path, media.facts, {
        ffmpeg: tools.ffmpeg,
        scratchDir: context.scratchDir,
        maxSeconds: deps.environment.MAX_MEDIA_SECONDS,
        signal,
        onProgress: (seconds) => report('decode', total ? seconds / total : 0, seconds),
      }),
    );
    await using pcm = audio.pcm;
    const { result: engine, seconds: loadingSeconds } = await loading;
    const { state, speechSeconds } = await transcribeMedia(pcm, task, engine, {
      timer,
      report,
      signal,
      device: deps.environment.DEVICE,
      resumeFrom: await checkpoints.load(media.sha256),
      log: deps.log,
      onState: storeNowAndThen((state) => checkpoints.save(media.sha256, state), context),
    });
    return {
      modelId: engine.recognizer.modelId,
      coldStartSeconds: context.bootSeconds + loadingSeconds,
      transcript: buildTranscript({
        record,
        task,
        state,
        durationSeconds: audio.durationSeconds,
        speechSeconds,
        warnings: audio.partial ? [warning('MEDIA_PARTLY_DECODED')] : [],
        stages: timer.metrics,
      }),
    };
  } finally {
    const engine = (await loading.catch(() => undefined))?.result;
    await Promise.all([engine?.detector.dispose(), engine?.recognizer.dispose()]);
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  return { result: await work(), seconds: (performance.now() - start) / 1000 };
}

/** Stores a state when the last stored one is old, and always before an interruption takes effect. */
function storeNowAndThen(
  save: (state: TranscriptionState) => Promise<void>,
  { signal, deps: { log } }: JobContext,
): (state: TranscriptionState) => Promise<void> {
  let storedAt = performance.now();
  return async (state) => {
    if (!signal.aborted && performance.now() - storedAt < CHECKPOINT_INTERVAL_SECONDS * 1000) {
      return;
    }
    try {
      await save(state);
      storedAt = performance.now();
    } catch (err) {
      log.warn({ err }, 'the checkpoint could not be stored');
    }
  };
}
