import type { Context } from 'hono';
import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import type { Transcript } from '#contracts/transcript.ts';
import type { VideoEmbedder } from '../embed/video/video-embedder.ts';
import type { TranscriptionEngine } from '../job/transcribe-media.ts';
import { type EmbeddedFile, embedFile } from './embed-file.ts';
import type { ModelSlot } from './model-slot.ts';
import type { VideoModel } from './models.ts';
import { openScratch } from './request-scope.ts';
import { notServed } from './served-models.ts';
import type { ServiceDependencies, ServiceEnv } from './service-context.ts';
import { transcribeFile } from './transcribe-file.ts';
import type { QueuePlace } from './work-queue.ts';

/** What heavy work for a request needs: its place in the queue, and what may end it. */
type Turn = { place: QueuePlace; signal: AbortSignal };

/** @throws Refusal NOT_AVAILABLE where the service does not transcribe */
export function servedTranscription({
  models,
}: ServiceDependencies): ModelSlot<TranscriptionEngine> {
  if (models.transcription === undefined) {
    throw notServed('does not transcribe', 'TRANSCRIPTION_MODEL');
  }
  return models.transcription;
}

/** @throws Refusal NOT_AVAILABLE where the service does not embed what is seen */
export function servedVideo({ models }: ServiceDependencies): ModelSlot<VideoModel> {
  if (models.video === undefined) {
    throw notServed('does not embed videos', 'VIDEO_MODEL');
  }
  return models.video;
}

/** Transcribes a file when it is its turn, by the model that the service keeps loaded. */
export async function transcribeInTurn(
  path: string,
  task: TranscriptionTask,
  { place, signal }: Turn,
  context: Context<ServiceEnv>,
  deps: ServiceDependencies,
): Promise<Transcript> {
  const engine = await servedTranscription(deps).get(signal);
  const tools = await deps.findTools();
  return await place.run(signal, async () => {
    await using scratch = await openScratch(deps.environment.SCRATCH_DIR);
    return await transcribeFile(path, task, engine, {
      id: context.get('requestId'),
      scratchDir: scratch.path,
      tools,
      environment: deps.environment,
      signal,
      warnings: deps.compute.warnings,
      log: context.get('log'),
    });
  });
}

/** Embeds a file when it is its turn. */
export async function embedInTurn(
  path: string,
  task: Parameters<typeof embedFile>[1],
  turn: Turn,
  deps: ServiceDependencies,
): Promise<EmbeddedFile & { version: string }> {
  const tools = await deps.findTools();
  return await seeInTurn(turn, deps, (embedder) =>
    embedFile(path, task, embedder, { tools, environment: deps.environment, signal: turn.signal }),
  );
}

/** Works with the model that sees when it is the request's turn. */
export async function seeInTurn<T extends object>(
  { place, signal }: Turn,
  deps: ServiceDependencies,
  see: (embedder: VideoEmbedder) => Promise<T>,
): Promise<T & { version: string }> {
  const { embedder } = await servedVideo(deps).get(signal);
  return await place.run(signal, async () => ({
    ...(await see(embedder)),
    version: embedder.version,
  }));
}
