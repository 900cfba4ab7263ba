import { ELEMENT } from '../../gpu-container/src/onnx/graph/literals.ts';
import {
  type OnnxAttribute,
  type OnnxNode,
  type OnnxValue,
  readModel,
  writeModel,
} from '../../gpu-container/src/onnx/graph/model-file.ts';
import {
  type Field,
  lengthDelimitedField,
  type Message,
  readMessage,
  varintField,
} from '../../gpu-container/src/onnx/graph/wire-format.ts';

// Field numbers of onnx.proto.
const GRAPH_VALUE_INFO = 13;
const ATTRIBUTE = { int: 3, tensor: 5 };
const TENSOR = { elementType: 2, floatData: 4, rawData: 9 };
const VALUE_TYPE = 2;
const TYPE_TENSOR = 1;
const TENSOR_TYPE_ELEMENT = 1;

const LARGEST_HALF = 65_504;

/**
 * The same model in half precision throughout, its inputs and outputs included, as a
 * published export for GPUs may be. Weights too large for it become its largest number.
 */
export function inHalfPrecision(bytes: Uint8Array): Uint8Array {
  const model = readModel(bytes);
  const { graph } = model;
  return writeModel({
    ...model,
    graph: {
      ...graph,
      nodes: graph.nodes.map(halfNode),
      initializers: graph.initializers.map((weight) => ({
        ...weight,
        rest: halfTensor(weight.rest),
      })),
      inputs: graph.inputs.map(halfValue),
      outputs: graph.outputs.map(halfValue),
      rest: graph.rest.filter(({ number }) => number !== GRAPH_VALUE_INFO),
    },
  });
}

function halfNode(node: OnnxNode): OnnxNode {
  const attributes = node.attributes.map((attribute): OnnxAttribute => {
    const isTarget = node.opType === 'Cast' && attribute.name === 'to';
    return {
      ...attribute,
      rest: attribute.rest.map((field) => {
        if (isTarget && field.number === ATTRIBUTE.int) {
          return halfType(field);
        }
        return field.number === ATTRIBUTE.tensor ? within(field, halfTensor) : field;
      }),
    };
  });
  return { ...node, attributes };
}

function halfTensor(tensor: Message): Message {
  if (!tensor.some((field) => field.number === TENSOR.elementType && isFloat32(field))) {
    return tensor;
  }
  const stored = [TENSOR.floatData, TENSOR.rawData];
  const payloads = tensor.filter(({ number }) => stored.includes(number));
  const singles = Uint8Array.from(
    Buffer.concat(payloads.map(({ payload }) => payload as Uint8Array)),
  );
  const clamped = new Float32Array(singles.buffer).map((number) =>
    Math.max(-LARGEST_HALF, Math.min(LARGEST_HALF, number)),
  );
  return [
    ...tensor
      .filter(({ number }) => !stored.includes(number))
      .map((field) => (field.number === TENSOR.elementType ? halfType(field) : field)),
    lengthDelimitedField(TENSOR.rawData, new Uint8Array(new Float16Array(clamped).buffer)),
  ];
}

function halfValue({ name, rest }: OnnxValue): OnnxValue {
  const halfElement = (message: Message) =>
    message.map((field) => (field.number === TENSOR_TYPE_ELEMENT ? halfType(field) : field));
  const halfTensorType = (message: Message) =>
    message.map((field) => (field.number === TYPE_TENSOR ? within(field, halfElement) : field));
  return {
    name,
    rest: rest.map((field) =>
      field.number === VALUE_TYPE ? within(field, halfTensorType) : field,
    ),
  };
}

function halfType(field: Field): Field {
  return isFloat32(field) ? varintField(field.number, ELEMENT.float16) : field;
}

function isFloat32({ payload }: Field): boolean {
  return payload === BigInt(ELEMENT.float32);
}

function within({ number, payload }: Field, change: (message: Message) => Message): Field {
  return lengthDelimitedField(number, change(readMessage(payload as Uint8Array)));
}
