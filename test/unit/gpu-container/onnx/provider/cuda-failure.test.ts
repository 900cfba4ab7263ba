import { describe, expect, it } from '@jest/globals';
import { gpuUnavailable } from '../../../../../gpu-container/src/onnx/provider/cuda-failure.ts';

/** As onnxruntime 1.29 puts it on a machine without a driver, shortened where it repeats itself. */
const NO_DRIVER = `/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:154 std::conditional_t<THRW, void, common::Status> onnxruntime::CudaCall(ERRTYPE, const char*) [with ERRTYPE = cudaError; bool THRW = true] CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1 ; hostname=ip-10-0-0-1 ; file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider.cc ; line=345 ; expr=cudaSetDevice(info_.device_id); `;

describe('why CUDA cannot be used', () => {
  it('is told in onnxruntime’s words, without paths and host names', () => {
    const cause = new Error(NO_DRIVER);
    expect(gpuUnavailable(cause)).toMatchObject({
      code: 'GPU_UNAVAILABLE',
      message:
        'CUDA cannot be used: CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version',
      cause,
    });
  });

  it.each([
    [NO_DRIVER, /version 580 or later/],
    ['CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ;', /sees no GPU/],
    ['CUDA failure 2: out of memory ; GPU=0 ;', /memory is taken/],
    ['CUDA failure 209: no kernel image is available for execution on the device', /generation/],
    ['libcuda.so.1 of CUDA: cannot open shared object file', /Container Toolkit/],
    ['CUDA: libcublasLt.so.13: cannot open shared object file', /CUDA 13 and cuDNN 9/],
  ])('comes with what to do about it: %s', (text, hint) => {
    expect(gpuUnavailable(new Error(text))?.hint).toMatch(hint);
  });

  it('comes with the general hint where the words are new', () => {
    expect(gpuUnavailable(new Error('CUDA failure 999: unknown error ; GPU=0'))?.hint).toMatch(
      /Check the driver/,
    );
  });

  it('names the library that is missing, which onnxruntime does not', () => {
    const failure = gpuUnavailable(
      new Error('OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library'),
    );
    expect(failure?.message).toMatch(/^CUDA cannot be used: lib[\w.]+: cannot open shared object/);
  });

  it('is not said of a model that cannot be read', () => {
    expect(gpuUnavailable(new Error("Load model failed: File doesn't exist"))).toBeUndefined();
  });
});
