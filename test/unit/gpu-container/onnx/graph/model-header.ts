import type { OnnxModel } from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  lengthDelimitedField,
  varintField,
} from '../../../../../gpu-container/src/onnx/graph/wire-format.ts';

const IR_VERSION = 8;

/** What a model of this operator set says of itself besides its graph. */
export function modelHeader(opset: number): Omit<OnnxModel, 'graph'> {
  return {
    opset,
    rest: [varintField(1, IR_VERSION), lengthDelimitedField(8, [varintField(2, opset)])],
  };
}
