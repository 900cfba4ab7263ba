import { Hono } from 'hono';
import {
  type EmbedVideoResponse,
  embedFramesFieldsSchema,
  embedTextRequestSchema,
  embedVideoRequestSchema,
} from '#contracts/service.ts';
import { bothOrNeither } from '../both-or-neither.ts';
import { embeddingTask, embedFrames } from '../embed-file.ts';
import { embeddingResponse, embedText } from '../embed-text.ts';
import { jsonLimit, parseRequest, readJson } from '../request-body.ts';
import { deadline, openScratch } from '../request-scope.ts';
import {
  embedInTurn,
  seeInTurn,
  servedTranscription,
  servedVideo,
  transcribeInTurn,
} from '../request-work.ts';
import type { ServiceDependencies, ServiceEnv } from '../service-context.ts';
import { findStored } from '../storage-key.ts';
import { transcriptionTask } from '../transcribe-file.ts';
import { receiveUpload } from '../upload.ts';

export function embedRoutes(deps: ServiceDependencies): Hono<ServiceEnv> {
  const { environment, models, queues, drain, metrics } = deps;
  const { STORAGE_ROOT, SCRATCH_DIR, MAX_INPUT_BYTES } = environment;
  const routes = new Hono<ServiceEnv>();
  const mediaDeadline = deadline(environment.MEDIA_TIMEOUT_SECONDS, drain);

  routes.post(
    '/text',
    deadline(environment.TEXT_TIMEOUT_SECONDS, drain),
    jsonLimit,
    async (context) => {
      const request = await readJson(context, embedTextRequestSchema);
      using place = queues.text.reserve();
      const signal = context.get('signal');
      return context.json(await place.run(signal, () => embedText(request, models, signal)));
    },
  );

  routes.post('/video', mediaDeadline, jsonLimit, async (context) => {
    const { storage_key, transcribe, ...wishes } = await readJson(context, embedVideoRequestSchema);
    const task = embeddingTask(servedVideo(deps).name, wishes);
    const signal = context.get('signal');
    using place = queues.embedding.reserve();
    if (!transcribe) {
      const path = await findStored(STORAGE_ROOT, storage_key, MAX_INPUT_BYTES);
      const { version, embedding } = await embedInTurn(path, task, { place, signal }, deps);
      metrics.countFile();
      return context.json(embeddingResponse(version, embedding) satisfies EmbedVideoResponse);
    }
    const speechTask = transcriptionTask(servedTranscription(deps).name, {
      language: 'auto',
      task: 'transcribe',
      channels: 'mix',
    });
    using speechPlace = queues.transcription.reserve();
    const path = await findStored(STORAGE_ROOT, storage_key, MAX_INPUT_BYTES);
    const [{ version, embedding }, transcript] = await bothOrNeither(
      signal,
      (either) => embedInTurn(path, task, { place, signal: either }, deps),
      (either) =>
        transcribeInTurn(path, speechTask, { place: speechPlace, signal: either }, context, deps),
    );
    metrics.countFile();
    const response: EmbedVideoResponse = { ...embeddingResponse(version, embedding), transcript };
    return context.json(response);
  });

  routes.post('/video_frames', mediaDeadline, async (context) => {
    const { name } = servedVideo(deps);
    const signal = context.get('signal');
    using place = queues.embedding.reserve();
    await using scratch = await openScratch(SCRATCH_DIR);
    const { files, fields } = await receiveUpload(
      context.req.raw,
      scratch.path,
      {
        fileField: 'frames[]',
        maxFiles: environment.MAX_FRAMES,
        maxFileBytes: environment.MAX_FRAME_BYTES,
        maxTotalBytes: MAX_INPUT_BYTES,
      },
      signal,
    );
    const wishes = parseRequest(embedFramesFieldsSchema, fields);
    const task = embeddingTask(name, { ...wishes, frames: files.length });
    const { version, embedding } = await seeInTurn({ place, signal }, deps, (embedder) =>
      embedFrames(files, task, embedder, { signal }),
    );
    metrics.countFile();
    return context.json(embeddingResponse(version, embedding));
  });
  return routes;
}
