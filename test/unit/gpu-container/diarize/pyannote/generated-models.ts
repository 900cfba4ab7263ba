import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

/** Opens a model that is given as bytes; its file is gone afterwards. */
export async function openFromBytes<Model>(
  bytes: Uint8Array,
  open: (path: string) => Promise<Model>,
): Promise<Model> {
  await using dir = await makeScratchDir();
  const path = join(dir.path, 'model.onnx');
  await writeFile(path, bytes);
  return await open(path);
}
