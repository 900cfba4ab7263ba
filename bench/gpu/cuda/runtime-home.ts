/** Environment variable: a folder whose node_modules has the onnxruntime-node to be used. */
export const RUNTIME_HOME = 'BENCH_ONNXRUNTIME_HOME';
