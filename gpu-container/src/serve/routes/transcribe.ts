import { Hono } from 'hono';
import { transcribeVideoRequestSchema, transcriptionOptionsSchema } from '#contracts/service.ts';
import { jsonLimit, parseRequest, readJson } from '../request-body.ts';
import { deadline, openScratch } from '../request-scope.ts';
import { servedTranscription, transcribeInTurn } from '../request-work.ts';
import type { ServiceDependencies, ServiceEnv } from '../service-context.ts';
import { findStored } from '../storage-key.ts';
import { transcriptionTask } from '../transcribe-file.ts';
import { receiveFile } from '../upload.ts';

export function transcribeRoutes(deps: ServiceDependencies): Hono<ServiceEnv> {
  const { environment, queues, drain, metrics } = deps;
  const { STORAGE_ROOT, SCRATCH_DIR, MAX_INPUT_BYTES } = environment;
  const routes = new Hono<ServiceEnv>();
  routes.use(deadline(environment.MEDIA_TIMEOUT_SECONDS, drain));

  routes.post('/video', jsonLimit, async (context) => {
    const { storage_key, ...options } = await readJson(context, transcribeVideoRequestSchema);
    const task = transcriptionTask(servedTranscription(deps).name, options);
    using place = queues.transcription.reserve();
    const path = await findStored(STORAGE_ROOT, storage_key, MAX_INPUT_BYTES);
    const turn = { place, signal: context.get('signal') };
    const transcript = await transcribeInTurn(path, task, turn, context, deps);
    metrics.countFile();
    return context.json(transcript);
  });

  routes.post('/audio', async (context) => {
    const { name } = servedTranscription(deps);
    using place = queues.transcription.reserve();
    await using scratch = await openScratch(SCRATCH_DIR);
    const turn = { place, signal: context.get('signal') };
    const { file, fields } = await receiveFile(
      context.req.raw,
      scratch.path,
      MAX_INPUT_BYTES,
      turn.signal,
    );
    const task = transcriptionTask(name, parseRequest(transcriptionOptionsSchema, fields));
    const transcript = await transcribeInTurn(file, task, turn, context, deps);
    metrics.countFile();
    return context.json(transcript);
  });
  return routes;
}
