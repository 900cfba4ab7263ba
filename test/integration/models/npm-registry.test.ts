import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { modelStoreFromEnvironment } from '../../../gpu-container/src/models/store.ts';
import { makeScratchDir } from '../../environment/scratch-dir.ts';

describe('the npm source with the registry that npm uses', () => {
  it('fetches the Silero VAD model into an empty cache and serves it offline afterwards', async () => {
    await using cache = await makeScratchDir();
    const env = { ...process.env, MODELS_DIR: cache.path, REELSCRIBE_OFFLINE: '0' };
    await modelStoreFromEnvironment(env).pull('silero-vad');

    const offline = modelStoreFromEnvironment({ ...env, REELSCRIBE_OFFLINE: '1' });
    const model = await offline.pull('silero-vad');
    expect((await offline.verify('silero-vad')).map(({ state }) => state)).toEqual(['ok']);
    // The first field of an ONNX file is ir_version, a varint.
    expect((await readFile(model.file('silero_vad.onnx')))[0]).toBe(0x08);
  });
});
