import { createRequire } from 'node:module';
import { TestEnvironment } from 'jest-environment-node';

const TYPED_ARRAYS = [
  'Float16Array',
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

const require = createRequire(import.meta.url);

/**
 * Jest runs each test file in a realm of its own. onnxruntime refuses typed
 * arrays made there, since its instanceof checks know the outer realm's only, and
 * aborts the process when a second realm initialises it. So both come from the
 * outer realm: typed arrays as globals, onnxruntime through onnxruntime-node.js.
 */
export default class NativeRealmEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of TYPED_ARRAYS) {
      this.global[name] = globalThis[name];
    }
    this.global.loadOnnxruntime = () => require('onnxruntime-node');
  }
}
