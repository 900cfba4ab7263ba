import { availableParallelism } from 'node:os';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { ReelscribeError } from '#contracts/errors.ts';

// onnxruntime reports its use to its makers unless it is told not to before the
// first session; a user's media is nobody else's business, nor is how much of it.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

/** More gain nothing at the sizes of speech models. */
const MAX_THREADS = 8;

/** Where a session computes. */
type Device = 'cpu' | 'cuda';

export type SessionOptions = {
  /** Default `cpu`. */
  device?: Device;
  /**
   * Threads inside one operator. Default: the cores that this process may use,
   * at most eight; onnxruntime itself would start one for every core of the
   * host, whatever share of it the container has.
   */
  threads?: number;
  /**
   * `fast` (default) leaves quantised weights quantised instead of letting the
   * optimiser rewrite QDQ pairs; in the 8-bit Whisper decoders that rewrite
   * dequantises the whole token embedding at every step. `default` is
   * onnxruntime's own choice, which reference numbers are made with.
   */
  sessionOptions?: 'fast' | 'default';
};

/** A loaded model. Calls on one session run one after another. */
export type OnnxSession = {
  readonly device: Device;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Runs the model and fetches only the outputs named, as CPU tensors. */
  run<Output extends string>(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly Output[],
  ): Promise<Record<Output, Tensor>>;
  /** Frees the model; the session must not be used afterwards. */
  dispose(): Promise<void>;
};

/**
 * Loads an ONNX model. This is the only place that makes onnxruntime sessions.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and its provider cannot be loaded:
 * a GPU job never runs on the CPU silently.
 */
export async function openSession(
  path: string,
  { device = 'cpu', threads, sessionOptions = 'fast' }: SessionOptions = {},
): Promise<OnnxSession> {
  const session = await createSession(path, device, {
    executionProviders: [device],
    intraOpNumThreads: threads ?? Math.min(MAX_THREADS, availableParallelism()),
    ...(sessionOptions === 'fast' && { extra: { session: { disable_quant_qdq: '1' } } }),
  });
  return {
    device,
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: async <Output extends string>(
      inputs: Readonly<Record<string, Tensor>>,
      outputs: readonly Output[],
    ) => (await session.run(inputs, outputs)) as Record<Output, Tensor>,
    dispose: () => session.release(),
  };
}

async function createSession(
  path: string,
  device: Device,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(path, options);
  } catch (cause) {
    if (device === 'cuda') {
      throw new ReelscribeError('GPU_UNAVAILABLE', 'CUDA was asked for and did not load', {
        cause,
      });
    }
    throw cause;
  }
}
