import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';

/** Fetches a sentence encoder into the cache, and tells the folder. */
export async function sentenceModelDir(id: string): Promise<string> {
  return (await modelStoreFromEnvironment().pull(id)).dir;
}
