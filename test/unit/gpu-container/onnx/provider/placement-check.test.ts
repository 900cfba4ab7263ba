import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { networkWriter } from '../../../../../gpu-container/src/onnx/graph/network-writer.ts';
import { checkPlacement } from '../../../../../gpu-container/src/onnx/provider/placement-check.ts';
import {
  listenForPlacements,
  type PlacementReports,
} from '../../../../../gpu-container/src/onnx/provider/placement-reports.ts';
import {
  openVerdictStore,
  type VerdictStore,
} from '../../../../../gpu-container/src/onnx/provider/placement-verdicts.ts';
import { loadSession, type OnnxSession } from '../../../../../gpu-container/src/onnx/session.ts';

const PATH = '/models/whisper-tiny/0123456789abcdef/decoder.onnx';
const INPUTS = { x: new Tensor('float32', new Float32Array(48 * 48).fill(0.5), [48, 48]) };

/** A model that the CPU needs most of a run for. */
function productModel(): Uint8Array {
  const network = networkWriter('product');
  const product = network.operator('MatMul', ['x', 'x']);
  return network.write({ x: ['n', 'n'] }, [{ name: 'y', value: product, shape: ['n', 'n'] }]);
}

describe('a session whose placement is looked at', () => {
  let folder: string;
  let verdicts: VerdictStore;
  let reports: PlacementReports;
  let prefixes: (string | undefined)[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'placement-check-'));
    verdicts = openVerdictStore(join(folder, 'verdicts'));
    reports = listenForPlacements();
    prefixes = [];
  });

  afterEach(async () => {
    reports[Symbol.dispose]();
    await rm(folder, { recursive: true });
  });

  /** On the CPU, where a model that was meant for the GPU ends up too. */
  function open(gpu = 'NVIDIA L4'): Promise<OnnxSession> {
    const model = productModel();
    return checkPlacement(
      { path: PATH, model },
      (prefix) => {
        prefixes.push(prefix);
        return loadSession(PATH, { threads: 1 }, model, prefix);
      },
      { verdicts, gpuName: async () => gpu },
    );
  }

  async function runs(session: OnnxSession, count: number): Promise<unknown[]> {
    const sums = [];
    for (let run = 0; run < count; run += 1) {
      sums.push((await session.run(INPUTS, ['y'])).y?.data[0]);
    }
    return sums;
  }

  it('is told of after its second run, and goes on as before', async () => {
    const session = await open();
    await runs(session, 1);
    expect(reports.read()).toEqual([]);

    expect(await runs(session, 2)).toEqual([12, 12]);

    expect(reports.read()).toMatchObject([
      {
        model: 'whisper-tiny/decoder.onnx',
        placement: { cpuOperators: [{ opType: 'MatMul', count: 1 }] },
      },
    ]);
    await session.dispose();
    await expect(readdir(join(prefixes[0]!, '..'))).rejects.toThrow('ENOENT');
  });

  it('is not profiled again on the same GPU', async () => {
    const first = await open();
    await runs(first, 2);
    await first.dispose();
    const found = reports.read();
    reports[Symbol.dispose]();
    reports = listenForPlacements();

    const second = await open();
    await second.dispose();

    expect(prefixes).toEqual([expect.any(String), undefined]);
    expect(reports.read()).toEqual(found);
  });

  it('is profiled again on another GPU', async () => {
    const first = await open();
    await runs(first, 2);
    await first.dispose();

    const second = await open('NVIDIA T4');
    await second.dispose();

    expect(prefixes[1]).toEqual(expect.any(String));
  });

  it('is judged by a single run where it has no other', async () => {
    const session = await open();
    await runs(session, 1);
    await session.dispose();

    expect(reports.read()).toHaveLength(1);
  });

  it('is told of nowhere where it never ran', async () => {
    const session = await open();
    await session.dispose();

    expect(reports.read()).toEqual([]);
  });

  it('works where nothing can be kept', async () => {
    verdicts = {
      read: async () => undefined,
      keep: () => Promise.reject(new Error('no space left on device')),
    };
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const session = await open();

    expect(await runs(session, 3)).toEqual([12, 12, 12]);

    await session.dispose();
    expect(warn.mock.calls).toEqual([[expect.stringContaining('no space left on device')]]);
    warn.mockRestore();
  });

  it('leaves nothing behind where it does not open', async () => {
    let prefix = '';
    const opening = checkPlacement(
      { path: PATH, model: productModel() },
      (given = '') => {
        prefix = given;
        return Promise.reject(new Error('no kernel'));
      },
      { verdicts, gpuName: async () => undefined },
    );

    await expect(opening).rejects.toThrow('no kernel');
    await expect(readdir(join(prefix, '..'))).rejects.toThrow('ENOENT');
  });
});
