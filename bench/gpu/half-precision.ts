/// <reference lib="esnext.float16" />
import { ELEMENT, intAttribute } from '../../gpu-container/src/onnx/graph/literals.ts';
import type {
  OnnxAttribute,
  OnnxModel,
  OnnxNode,
} from '../../gpu-container/src/onnx/graph/model-file.ts';
import {
  type Field,
  lengthDelimitedField,
  readMessage,
  varintField,
} from '../../gpu-container/src/onnx/graph/wire-format.ts';

// Field numbers of AttributeProto and TensorProto in onnx.proto.
const ATTRIBUTE_TENSOR = 5;
const TENSOR = { elementType: 2, rawData: 9 };

/**
 * The same network in half precision, but for its inputs and outputs, as
 * published exports have them: every constant of 32-bit floats is rounded.
 *
 * @param model as a network writer's bytes read, with weights as Constants and
 * outputs that are made by an Identity each
 */
export function inHalfPrecision(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const inputs = graph.inputs.map(({ name }) => name);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const half = (name: string) => (inputs.includes(name) ? `${name}/half` : name);
  const cast = (from: string, to: string, elementType: number): OnnxNode => ({
    ...{ opType: 'Cast', inputs: [from], outputs: [to], rest: [] },
    attributes: [intAttribute('to', elementType)],
  });
  const nodes = graph.nodes.map((node): OnnxNode => {
    const [output = ''] = node.outputs;
    if (node.opType === 'Constant') {
      return { ...node, attributes: node.attributes.map(rounded) };
    }
    return outputs.has(output)
      ? cast(half(node.inputs[0]!), output, ELEMENT.float32)
      : { ...node, inputs: node.inputs.map(half) };
  });
  const taken = inputs.map((name) => cast(name, half(name), ELEMENT.float16));
  return { ...model, graph: { ...graph, nodes: [...taken, ...nodes] } };
}

/** The tensor of a Constant in half precision, where it has floats. */
function rounded(attribute: OnnxAttribute): OnnxAttribute {
  return {
    ...attribute,
    rest: attribute.rest.map((field) =>
      field.number === ATTRIBUTE_TENSOR ? roundedTensor(field) : field,
    ),
  };
}

function roundedTensor(field: Field): Field {
  const tensor = readMessage(field.payload as Uint8Array);
  const isFloat32 = tensor.some(
    ({ number, payload }) => number === TENSOR.elementType && payload === BigInt(ELEMENT.float32),
  );
  if (!isFloat32) {
    return field;
  }
  return lengthDelimitedField(
    field.number,
    tensor.map((part) => {
      const { number, payload } = part;
      switch (number) {
        case TENSOR.elementType:
          return varintField(number, ELEMENT.float16);
        case TENSOR.rawData: {
          // With memory to itself, so that it starts where a number may.
          const floats = new Float32Array(new Uint8Array(payload as Uint8Array).buffer);
          return lengthDelimitedField(number, new Uint8Array(new Float16Array(floats).buffer));
        }
        default:
          return part;
      }
    }),
  );
}
