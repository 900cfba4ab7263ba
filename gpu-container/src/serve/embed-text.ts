import { UNTRAINED_FOR_DIMS } from '#contracts/availability/unavailable.ts';
import type { EmbeddingResponse } from '#contracts/service.ts';
import { truncate } from '../vector/unit-length.ts';
import type { ServiceModels } from './models.ts';
import { Refusal } from './refusal.ts';
import { modelNotServed, notServed } from './served-models.ts';
import type { TextVectors } from './text-vectors.ts';

/** The vector of a whole, as answers have it. */
export function embeddingResponse(version: string, vector: Float32Array): EmbeddingResponse {
  return { version, dims: vector.length, embedding: Array.from(vector, toEightDigits) };
}

/** Finer than single precision, of which the numbers of a unit vector are. */
function toEightDigits(value: number): number {
  return Math.round(value * 1e8) / 1e8;
}

/**
 * Embeds one text by the model that a request names: a text model of the service, the
 * first if none is named, or the model that embeds its videos, if that one reads.
 *
 * @throws Refusal MODEL_NOT_FOUND, INVALID_REQUEST for dims that the model was not trained for
 * @throws ReelscribeError what loading the model throws
 * @throws the signal's reason, where it was aborted
 */
export async function embedText(
  { text, model, dims }: { text: string; model?: string | undefined; dims?: number | undefined },
  models: ServiceModels,
  signal: AbortSignal,
): Promise<EmbeddingResponse> {
  const vectors = await findTextVectors(model, models, signal);
  refuseDims(dims, vectors);
  const vector = await vectors.embed(text, signal);
  return embeddingResponse(vectors.version, dims === undefined ? vector : truncate(vector, dims));
}

async function findTextVectors(
  model: string | undefined,
  { texts, video }: ServiceModels,
  signal: AbortSignal,
): Promise<TextVectors> {
  const slot = model === undefined ? texts[0] : texts.find(({ name }) => name === model);
  if (slot !== undefined) {
    return await slot.get(signal);
  }
  if (video !== undefined && (model === undefined || model === video.name)) {
    const { texts: read } = await video.get(signal);
    if (read !== undefined) {
      return read;
    }
  }
  throw model === undefined
    ? notServed('has no model that embeds texts', 'TEXT_MODELS')
    : modelNotServed(
        model,
        [...texts, ...(video ? [video] : [])].map(({ name }) => name),
      );
}

function refuseDims(dims: number | undefined, { dims: all, leastDims }: TextVectors): void {
  if (dims === undefined || (leastDims !== undefined && dims >= leastDims && dims <= all)) {
    return;
  }
  const message =
    leastDims === undefined
      ? `the model ${UNTRAINED_FOR_DIMS}`
      : `the model's vectors can be cut to ${leastDims} to ${all} dims`;
  throw new Refusal('INVALID_REQUEST', {
    issues: [{ path: 'dims', reason: 'INVALID_VALUE', message }],
  });
}
