// What `onnxruntime-node` resolves to in tests: the one copy that the process may have.
export const { InferenceSession, Tensor, env, listSupportedBackends } =
  globalThis.loadOnnxruntime();
