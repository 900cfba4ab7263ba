import { TestEnvironment } from 'jest-environment-node';

const TYPED_ARRAYS = [
  'Float32Array',
  'Float64Array',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'ArrayBuffer',
  'SharedArrayBuffer',
];

/**
 * Jest runs each test file in a realm of its own, and onnxruntime refuses typed
 * arrays made there: its instanceof checks know the outer realm's only.
 */
export default class NativeArraysEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of TYPED_ARRAYS) {
      this.global[name] = globalThis[name];
    }
  }
}
