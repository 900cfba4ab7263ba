import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import { type OnnxSession, openSession } from '../../../../gpu-container/src/onnx/session.ts';

describe('openSession', () => {
  let path: string;
  let session: OnnxSession;

  beforeAll(async () => {
    path = (await modelStoreFromEnvironment().pull('silero-vad')).file('silero_vad.onnx');
    session = await openSession(path, { threads: 1 });
  });

  afterAll(() => session.dispose());

  it('names inputs and outputs', () => {
    expect(session.inputNames).toEqual(['input', 'state', 'sr']);
    expect(session.outputNames).toEqual(['output', 'stateN']);
  });

  it('fetches only the outputs asked for', async () => {
    const outputs = await session.run(
      {
        input: new Tensor('float32', new Float32Array(576), [1, 576]),
        state: new Tensor('float32', new Float32Array(256), [2, 1, 128]),
        sr: new Tensor('int64', BigInt64Array.of(16_000n), []),
      },
      ['output'],
    );

    expect(Object.keys(outputs)).toEqual(['output']);
    expect(outputs.output.dims).toEqual([1, 1]);
  });

  it('computes on the CPU unless told otherwise', () => {
    expect(session.device).toBe('cpu');
  });

  it('refuses CUDA where its provider cannot be loaded instead of running on the CPU', async () => {
    await expect(openSession(path, { device: 'cuda' })).rejects.toMatchObject({
      code: 'GPU_UNAVAILABLE',
    });
  });

  it('tells a missing file as what it is', async () => {
    await expect(openSession('/no/such/model.onnx')).rejects.toThrow("File doesn't exist");
  });
});
