import { VIDEO_EMBEDDING_MODELS } from '#contracts/video-embedding-models.ts';
import { openTextEmbedderThread } from '../embed/thread/open-text-embedder-thread.ts';
import { openVideoEmbedderThread } from '../embed/thread/open-video-embedder-thread.ts';
import type { VideoEmbedder } from '../embed/video/video-embedder.ts';
import type { TranscriptionEngine } from '../job/transcribe-media.ts';
import { openTranscriptionEngine } from '../job/transcription-engine.ts';
import type { Logger } from '../log/logger.ts';
import { findModel } from '../models/catalog.ts';
import { modelVersion } from '../models/model-entry.ts';
import type { ModelStore } from '../models/store.ts';
import type { ServiceMetrics } from './metrics.ts';
import { type ModelSlot, openModelSlot } from './model-slot.ts';
import type { ServiceEnvironment } from './service-environment.ts';
import { openTextVectors, type TextVectors } from './text-vectors.ts';

/** The model that sees and, where it reads, what it makes of texts. */
export type VideoModel = { embedder: VideoEmbedder; texts: TextVectors | undefined };

/** The models of the service, by the names under which requests ask for them. */
export type ServiceModels = {
  /** In the order of the configuration: the first is the default. */
  texts: readonly ModelSlot<TextVectors>[];
  video: ModelSlot<VideoModel> | undefined;
  transcription: ModelSlot<TranscriptionEngine> | undefined;
};

export function slotsOf({ texts, video, transcription }: ServiceModels): ModelSlot<unknown>[] {
  return [...texts, video, transcription].filter((slot) => slot !== undefined);
}

/** Begins to load every model that the configuration names. */
export function openServiceModels(
  environment: ServiceEnvironment,
  store: ModelStore,
  { metrics, log }: { metrics: ServiceMetrics; log: Logger },
): ServiceModels {
  const { VIDEO_MODEL, TEXT_MODELS, TRANSCRIPTION_MODEL, DEVICE } = environment;
  const slot = <T>(
    name: string,
    open: () => Promise<T>,
    close: (model: T) => Promise<unknown>,
  ): ModelSlot<T> =>
    openModelSlot({
      name,
      open,
      close,
      waitSeconds: environment.MODEL_WAIT_SECONDS,
      retrySeconds: environment.MODEL_RETRY_SECONDS,
      onLoaded: (seconds) => metrics.observeLoad(name, seconds),
      log,
    });
  const onBatch = (model: string) => (size: number) => metrics.observeBatch(model, size);

  return {
    texts: TEXT_MODELS.map((model) =>
      slot(
        model,
        () => openTexts(model, store, environment, onBatch(model)),
        (texts) => texts.close(),
      ),
    ),
    video:
      VIDEO_MODEL === undefined
        ? undefined
        : slot(
            VIDEO_MODEL,
            () => openVideo(VIDEO_MODEL, environment, onBatch(VIDEO_MODEL)),
            closeVideo,
          ),
    transcription:
      TRANSCRIPTION_MODEL === undefined
        ? undefined
        : slot(
            TRANSCRIPTION_MODEL,
            () => openTranscriptionEngine(TRANSCRIPTION_MODEL, store, DEVICE),
            ({ detector, recognizer }) => Promise.all([detector.dispose(), recognizer.dispose()]),
          ),
  };
}

async function openTexts(
  model: string,
  store: ModelStore,
  environment: ServiceEnvironment,
  onBatch: (size: number) => void,
): Promise<TextVectors> {
  const { dir } = await store.pull(model);
  const embedder = await openTextEmbedderThread({
    dir,
    modelId: model,
    device: environment.DEVICE,
  });
  const texts = openTextVectors(
    {
      version: modelVersion(findModel(model)),
      dims: embedder.dims,
      lanes: embedder.lanes,
      embed: (batch) => embedder.embed(batch),
    },
    environment,
    onBatch,
  );
  return {
    ...texts,
    close: async () => {
      await texts.close();
      await embedder.dispose();
    },
  };
}

async function openVideo(
  model: string,
  environment: ServiceEnvironment,
  onBatch: (size: number) => void,
): Promise<VideoModel> {
  // Its thread has a model store of its own, by the same environment.
  const embedder = await openVideoEmbedderThread(model, environment.DEVICE);
  const { version, dims } = embedder;
  const embed = embedder.embedTexts?.bind(embedder);
  const { leastDims } = VIDEO_EMBEDDING_MODELS[embedder.model];
  return {
    embedder,
    texts: embed && openTextVectors({ version, dims, leastDims, embed }, environment, onBatch),
  };
}

async function closeVideo({ embedder, texts }: VideoModel): Promise<void> {
  await texts?.close();
  await embedder.dispose();
}
