import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { readableByBinding } from './float-tensor.ts';
import { gpuUnavailable } from './provider/cuda-failure.ts';
import { checkPlacement } from './provider/placement-check.ts';

// onnxruntime reports its use to its makers unless it is told not to before the
// first session; a user's media is nobody else's business, nor is how much of it.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

// NVIDIA's libraries would multiply 32-bit floats with ten bits of mantissa, which a
// log-mel spectrum shows; what is heavy is 16-bit anyway. They read it when they load, from
// the environment of the process, which only its main thread writes: a thread has a copy.
process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';

// On a Hopper GPU attention with a growing cache would be cuDNN's, which plans anew for every
// length of it; its flash attention takes every length as it comes.
process.env['ORT_ENABLE_CUDNN_FLASH_ATTENTION'] ??= '0';

/** More gain nothing at the sizes of speech models. */
const MAX_THREADS = 8;

/** What onnxruntime writes to the standard error, by its levels. */
const LOG_WARNINGS = 2;
const LOG_ERRORS = 3;

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

/** A session that can tell where its runs were computed. */
export type ProfiledSession = OnnxSession & {
  /** Ends what `profilePrefix` began, and writes the file; the session goes on without. */
  endProfiling(): void;
};

/**
 * Loads an ONNX model. On CUDA its first runs find out how much of it the GPU really
 * computes, once for each model and machine; {@link checkPlacement} tells how.
 *
 * @param model bytes to load in place of the file's; weights that they leave in other files are
 * looked for beside the file
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and its provider cannot be loaded:
 * a GPU job never runs on the CPU silently.
 */
export async function openSession(
  path: string,
  options: SessionOptions = {},
  model?: Uint8Array,
): Promise<OnnxSession> {
  if (options.device !== 'cuda') {
    return await loadSession(path, options, model);
  }
  return await checkPlacement({ path, model }, (profilePrefix) =>
    loadSession(path, options, model, profilePrefix),
  );
}

/**
 * Loads an ONNX model and nothing else. This is the only place that makes onnxruntime sessions.
 *
 * @param model as {@link openSession}
 * @param profilePrefix where to write, node by node, what runs; onnxruntime adds the time and `.json`
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function loadSession(
  path: string,
  { device = 'cpu', threads, sessionOptions = 'fast' }: SessionOptions = {},
  model?: Uint8Array,
  profilePrefix?: string,
): Promise<ProfiledSession> {
  const session = await createSession(model ?? path, device, {
    executionProviders: [device],
    // What comes from a GPU would be copied into pages that the system has yet to clear.
    enableCpuMemArena: sessionOptions !== 'fast' || device === 'cuda',
    // Its warnings of what is not on the GPU are about shapes; what matters is judged by time.
    logSeverityLevel: device === 'cuda' ? LOG_ERRORS : LOG_WARNINGS,
    intraOpNumThreads: threads ?? Math.min(MAX_THREADS, availableParallelism()),
    ...(profilePrefix !== undefined && {
      enableProfiling: true,
      profileFilePrefix: profilePrefix,
    }),
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
    endProfiling: () => session.endProfiling(),
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
    throw (device === 'cuda' && gpuUnavailable(cause)) || cause;
  }
}

function readable(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, readableByBinding(tensor)]),
  );
}
