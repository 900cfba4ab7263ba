import { Tensor } from 'onnxruntime-node';
import { ReelscribeError } from '#contracts/errors.ts';
import { networkWriter } from '../graph/network-writer.ts';
import { gpuUnavailable } from './cuda-failure.ts';
import { CUDA_PROVIDER, type Placement } from './placement.ts';
import { profilePlacement } from './profile-placement.ts';

const SAMPLES = 4;

/** A convolution and a product: cuDNN, which is looked for only when it is needed, and cuBLAS. */
function probeModel(): Uint8Array {
  const network = networkWriter('probe');
  const kernel = network.weight(Float32Array.of(1, 2, 1), 1, 1, 3);
  const smoothed = network.operator('Conv', ['samples', kernel]);
  const product = network.operator('MatMul', [
    smoothed,
    network.weight(Float32Array.of(1, 1), 2, 1),
  ]);
  return network.write({ samples: [1, 1, SAMPLES] }, [
    { name: 'product', value: product, shape: [1, 1, 1] },
  ]);
}

/**
 * Has the GPU compute a little: provider, libraries, driver and device at work, not
 * merely there.
 *
 * @param profile Default: on CUDA.
 * @throws ReelscribeError GPU_UNAVAILABLE
 */
export async function probeCuda(
  profile: (
    model: Uint8Array,
    inputs: Readonly<Record<string, Tensor>>,
  ) => Promise<Pick<Placement, 'nodes'>> = (model, inputs) =>
    profilePlacement('probe.onnx', inputs, { device: 'cuda' }, model),
): Promise<void> {
  const samples = new Tensor('float32', new Float32Array(SAMPLES), [1, 1, SAMPLES]);
  const { nodes } = await profile(probeModel(), { samples }).catch((error) => {
    throw (error instanceof ReelscribeError ? undefined : gpuUnavailable(error)) ?? error;
  });
  if (nodes[CUDA_PROVIDER] === undefined) {
    const ran = Object.keys(nodes).join(', ') || 'no provider';
    throw new ReelscribeError('GPU_UNAVAILABLE', `CUDA was asked for, and ${ran} computed`);
  }
}
