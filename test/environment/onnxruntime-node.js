// What `onnxruntime-node` resolves to in tests: the one copy that the process may have.
const runtime = globalThis.loadOnnxruntime();

export const { Tensor, env, listSupportedBackends } = runtime;

// Two test files run at a time, one on each core of a small machine. Sessions of
// several threads would wait for each other's cores at every operator.
export const InferenceSession = {
  create: (model, options) =>
    runtime.InferenceSession.create(model, { ...options, intraOpNumThreads: 1 }),
};
