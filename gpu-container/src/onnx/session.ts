import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { ReelscribeError } from '#contracts/errors.ts';
import { readableByBinding } from './float-tensor.ts';

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
   * dequantises the whole token embedding at every step. `default` is onnxruntime's own choice, which reference numbers are made with.
   */
  sessionOptions?: 'fast' | 'default';
};

/** What a graph declares of a tensor: its elements' type, and its dimensions, by name where they vary. */
export type TensorDeclaration = {
  readonly type: Tensor.Type;
  readonly shape: readonly (number | string)[];
};

/** A loaded model. Calls on one session run one after another. */
export type OnnxSession = {
  readonly device: Device;
  /** What the graph declares of its inputs, by their names. */
  readonly inputs: ReadonlyMap<string, TensorDeclaration>;
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
 * @param model bytes to load in place of the file's; weights that they leave in other files are
 * looked for beside the file
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and its provider cannot be loaded:
 * a GPU job never runs on the CPU silently.
 */
export async function openSession(
  path: string,
  { device = 'cpu', threads, sessionOptions = 'fast' }: SessionOptions = {},
  model?: Uint8Array,
): Promise<OnnxSession> {
  const session = await createSession(model ?? path, device, {
    executionProviders: [device],
    enableCpuMemArena: sessionOptions !== 'fast',
    intraOpNumThreads: threads ?? Math.min(MAX_THREADS, availableParallelism()),
    extra: {
      session: {
        ...(sessionOptions === 'fast' && { disable_quant_qdq: '1' }),
        ...(model && { model_external_initializers_file_folder_path: dirname(path) }),
      },
    },
  });
  const tensorInputs = session.inputMetadata.filter((input) => input.isTensor);
  return {
    device,
    inputs: new Map(tensorInputs.map(({ name, type, shape }) => [name, { type, shape }])),
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: async <Output extends string>(
      inputs: Readonly<Record<string, Tensor>>,
      outputs: readonly Output[],
    ) => (await session.run(readable(inputs), outputs)) as Record<Output, Tensor>,
    dispose: () => session.release(),
  };
}

async function createSession(
  model: string | Uint8Array,
  device: Device,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  try {
    return typeof model === 'string'
      ? await InferenceSession.create(model, options)
      : await InferenceSession.create(model, options);
  } catch (cause) {
    if (device === 'cuda') {
      throw new ReelscribeError('GPU_UNAVAILABLE', 'CUDA was asked for and did not load', {
        cause,
      });
    }
    throw cause;
  }
}

function readable(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, readableByBinding(tensor)]),
  );
}
