import { env } from 'onnxruntime-node';
import { probeCuda } from '../../../gpu-container/src/onnx/provider/probe-cuda.ts';
import type { Setup } from './messages.ts';
import { serveSide } from './serve-side.ts';

/** Whether the device computes at all, and with which runtime. */
await serveSide(async ({ device }: Setup, tell) => {
  if (device === 'cuda') {
    await probeCuda();
  }
  tell({ measured: 'versions', side: 'ours', versions: `onnxruntime ${env.versions.node}` });
});
