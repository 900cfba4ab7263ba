import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import {
  listenForPlacements,
  type PlacementReport,
  reportPlacement,
} from '../../../../../gpu-container/src/onnx/provider/placement-reports.ts';

const MODULE = import.meta.resolve(
  '../../../../../gpu-container/src/onnx/provider/placement-reports.ts',
);

function reportOf(model: string, deviceShare: number): PlacementReport {
  const placement = { nodes: {}, seconds: {}, runSeconds: 1, cpuOperators: [], deviceShare };
  return { model, placement };
}

describe('what is reported of models', () => {
  it('is there when the thread that reported it has answered', async () => {
    using reports = listenForPlacements();
    const report = reportOf('whisper-tiny/decoder.onnx', 0.99);
    const thread = new Worker(
      `import(${JSON.stringify(MODULE)}).then(({ reportPlacement }) => {
        reportPlacement(${JSON.stringify(report)});
        require('node:worker_threads').parentPort.postMessage('answered');
      });`,
      { eval: true },
    );
    await once(thread, 'message');

    expect(reports.read()).toEqual([report]);
    await once(thread, 'exit');
  });

  it('is kept once for each model, where it ran worst', () => {
    const heard: PlacementReport[] = [];
    using reports = listenForPlacements((report) => heard.push(report));
    const [first, other, worse] = [reportOf('a', 0.6), reportOf('b', 0.7), reportOf('a', 0.5)];
    for (const report of [first, other, worse, reportOf('a', 0.9)]) {
      reportPlacement(report);
    }

    expect(reports.read()).toEqual([worse, other]);
    expect(heard).toEqual([first, other, worse]);
  });
});
