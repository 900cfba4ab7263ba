import { Hono } from 'hono';
import type { EmbedFileResponse } from '#contracts/service.ts';
import { embeddingTask } from '../embed-file.ts';
import { embeddingResponse } from '../embed-text.ts';
import { EMBED_FILE_PATH } from '../problems.ts';
import { Refusal } from '../refusal.ts';
import { deadline, openScratch } from '../request-scope.ts';
import { embedInTurn, servedVideo } from '../request-work.ts';
import type { ServiceDependencies, ServiceEnv } from '../service-context.ts';
import { receiveFile } from '../upload.ts';

/** One image or video in, its embedding out, in the form of the CLIP services that it takes the place of. */
export function embedFileRoute(deps: ServiceDependencies): Hono<ServiceEnv> {
  const { environment, queues, drain, metrics } = deps;
  const { SCRATCH_DIR, MAX_INPUT_BYTES, MEDIA_TIMEOUT_SECONDS } = environment;
  const routes = new Hono<ServiceEnv>();

  routes.post(EMBED_FILE_PATH, deadline(MEDIA_TIMEOUT_SECONDS, drain), async (context) => {
    const startedAt = performance.now();
    const model = servedVideo(deps).name;
    const task = embeddingTask(model, {});
    const signal = context.get('signal');
    using place = queues.embedding.reserve();
    await using scratch = await openScratch(SCRATCH_DIR);
    const { file, fields } = await receiveFile(
      context.req.raw,
      scratch.path,
      MAX_INPUT_BYTES,
      signal,
    );
    refuseFields(fields);
    const embedded = await embedInTurn(file, task, { place, signal }, deps);
    metrics.countFile();
    const { embedding, dims, version } = embeddingResponse(embedded.version, embedded.embedding);
    const response: EmbedFileResponse = {
      embedding,
      debugMetadata: {
        model,
        version,
        dims,
        frames: embedded.frames,
        mediaType: embedded.mediaType ?? 'unknown',
        seconds: Math.round(performance.now() - startedAt) / 1000,
      },
      error: null,
      detail: null,
    };
    return context.json(response);
  });
  return routes;
}

function refuseFields(fields: Readonly<Record<string, string>>): void {
  const issues = Object.keys(fields).map((path) => ({
    path,
    reason: 'UNKNOWN_FIELD' as const,
    message: 'there is no such field',
  }));
  if (issues.length > 0) {
    throw new Refusal('INVALID_REQUEST', { issues });
  }
}
