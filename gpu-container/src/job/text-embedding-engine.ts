import type { TextEmbeddingTask } from '#contracts/tasks/text-embedding.ts';
import { openTextEmbedder, type TextEmbedder } from '../embed/text/text-embedder.ts';
import type { ModelStore } from '../models/store.ts';
import type { ComputeDevice } from '../onnx/provider/resolve-device.ts';

/**
 * Fetches and loads the model of a text embedding.
 *
 * @throws ReelscribeError what the store throws, or `GPU_UNAVAILABLE`
 */
export async function openTextEmbeddingEngine(
  { model }: TextEmbeddingTask,
  models: ModelStore,
  device: ComputeDevice['device'],
): Promise<TextEmbedder> {
  const { dir } = await models.pull(model);
  return await openTextEmbedder({ dir, modelId: model, device });
}
