import {
  type Field,
  lengthDelimitedField,
  type Message,
  readMessage,
  varintField,
  writeMessage,
} from './wire-format.ts';

/** An ONNX model: one graph and the operator sets it is written in. */
export type OnnxModel = {
  readonly graph: OnnxGraph;
  /** Version of the standard operator set. */
  readonly opset: number;
  /** Everything else, the imports of operator sets among it. */
  readonly rest: Message;
};

export type OnnxGraph = {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Everything else, hints about the shapes of inner values among it. */
  readonly rest: Message;
};

/** An operator at work: it reads values by their names and names what it makes of them. */
export type OnnxNode = {
  readonly opType: string;
  readonly inputs: readonly string[];
  /** The empty name stands for an output that nobody wants. */
  readonly outputs: readonly string[];
  readonly attributes: readonly OnnxAttribute[];
  readonly rest: Message;
};

export type OnnxAttribute = {
  readonly name: string;
  /** The graph, where the attribute is one: a branch of If, the body of Loop. */
  readonly graph?: OnnxGraph | undefined;
  readonly rest: Message;
};

/** A weight. Its numbers, or the name of the file they are in, are left unread. */
export type OnnxTensor = { readonly name: string; readonly rest: Message };

/** An input or output of a graph; its type and shape are left unread. */
export type OnnxValue = { readonly name: string; readonly rest: Message };

// Field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
const MODEL = { graph: 7, opsetImport: 8 };
const MODEL_IR_VERSION = 1;
const OPSET = { domain: 1, version: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, opType: 4, attribute: 5 };
const NODE_DOMAIN = 7;
const ATTRIBUTE = { name: 1, graph: 6 };
const TENSOR = { name: 8 };
const VALUE = { name: 1 };

/**
 * Reads an ONNX file. Weights stay views of its bytes.
 *
 * @throws RangeError when the bytes are not an ONNX model
 */
export function readModel(bytes: Uint8Array): OnnxModel {
  const model = partition(readMessage(bytes), MODEL);
  const [graph] = model.graph;
  if (!graph) {
    throw new RangeError('An ONNX model holds one graph');
  }
  return {
    graph: readGraph(graph),
    opset: standardOpset(model.opsetImport),
    rest: [...model.opsetImport.map((bytes) => sub(MODEL.opsetImport, bytes)), ...model.rest],
  };
}

/** The format that operator sets 15 to 18 came with. */
const IR_VERSION = 8;

/** A model of a graph written anew, in a version of the standard operator set. */
export function newModel(graph: OnnxGraph, opset: number): OnnxModel {
  const imported = sub(MODEL.opsetImport, [varintField(OPSET.version, opset)]);
  return { graph, opset, rest: [varintField(MODEL_IR_VERSION, IR_VERSION), imported] };
}

/** The bytes of an ONNX file. */
export function writeModel({ graph, rest }: OnnxModel): Uint8Array {
  return writeMessage([...rest, sub(MODEL.graph, graphMessage(graph))]);
}

/** The name of the operators that only onnxruntime has. */
const MICROSOFT_DOMAIN = 'com.microsoft';

/** What says that a node's operator is one of onnxruntime's own. */
export const MICROSOFT_OPERATOR: Message = [lengthDelimitedField(NODE_DOMAIN, MICROSOFT_DOMAIN)];

/** The model, free to use onnxruntime's own operators. */
export function importMicrosoftOperators(model: OnnxModel): OnnxModel {
  const imported = model.rest.some(
    ({ number, payload }) =>
      number === MODEL.opsetImport &&
      payload instanceof Uint8Array &&
      text(partition(readMessage(payload), { domain: OPSET.domain }).domain[0]) ===
        MICROSOFT_DOMAIN,
  );
  const opset = [sub(OPSET.domain, MICROSOFT_DOMAIN), varintField(OPSET.version, 1)];
  return imported
    ? model
    : { ...model, rest: [...model.rest, lengthDelimitedField(MODEL.opsetImport, opset)] };
}

function standardOpset(imports: readonly Uint8Array[]): number {
  for (const bytes of imports) {
    const { domain, rest } = partition(readMessage(bytes), { domain: OPSET.domain });
    const version = rest.find(({ number }) => number === OPSET.version)?.payload;
    if (['', 'ai.onnx'].includes(text(domain[0])) && typeof version === 'bigint') {
      return Number(version);
    }
  }
  throw new RangeError('An ONNX model names the version of its standard operator set');
}

function readGraph(bytes: Uint8Array): OnnxGraph {
  const graph = partition(readMessage(bytes), GRAPH);
  return {
    name: text(graph.name[0]),
    nodes: graph.node.map(readNode),
    initializers: graph.initializer.map((tensor) => readNamed(tensor, TENSOR.name)),
    inputs: graph.input.map((value) => readNamed(value, VALUE.name)),
    outputs: graph.output.map((value) => readNamed(value, VALUE.name)),
    rest: graph.rest,
  };
}

function graphMessage({ name, nodes, initializers, inputs, outputs, rest }: OnnxGraph): Message {
  return [
    ...nodes.map((node) => sub(GRAPH.node, nodeMessage(node))),
    sub(GRAPH.name, name),
    ...initializers.map((tensor) => sub(GRAPH.initializer, namedMessage(tensor, TENSOR.name))),
    ...inputs.map((value) => sub(GRAPH.input, namedMessage(value, VALUE.name))),
    ...outputs.map((value) => sub(GRAPH.output, namedMessage(value, VALUE.name))),
    ...rest,
  ];
}

function readNode(bytes: Uint8Array): OnnxNode {
  const node = partition(readMessage(bytes), NODE);
  return {
    opType: text(node.opType[0]),
    inputs: node.input.map(text),
    outputs: node.output.map(text),
    attributes: node.attribute.map(readAttribute),
    rest: node.rest,
  };
}

function nodeMessage({ opType, inputs, outputs, attributes, rest }: OnnxNode): Message {
  return [
    ...inputs.map((name) => sub(NODE.input, name)),
    ...outputs.map((name) => sub(NODE.output, name)),
    sub(NODE.opType, opType),
    ...attributes.map((attribute) => sub(NODE.attribute, attributeMessage(attribute))),
    ...rest,
  ];
}

function readAttribute(bytes: Uint8Array): OnnxAttribute {
  const attribute = partition(readMessage(bytes), ATTRIBUTE);
  const [graph] = attribute.graph;
  return {
    name: text(attribute.name[0]),
    graph: graph && readGraph(graph),
    rest: attribute.rest,
  };
}

function attributeMessage({ name, graph, rest }: OnnxAttribute): Message {
  return [
    sub(ATTRIBUTE.name, name),
    ...(graph ? [sub(ATTRIBUTE.graph, graphMessage(graph))] : []),
    ...rest,
  ];
}

function readNamed(bytes: Uint8Array, nameNumber: number): { name: string; rest: Message } {
  const { name, rest } = partition(readMessage(bytes), { name: nameNumber });
  return { name: text(name[0]), rest };
}

function namedMessage({ name, rest }: OnnxTensor | OnnxValue, nameNumber: number): Message {
  return [sub(nameNumber, name), ...rest];
}

/** Sorts a message's sub-messages and strings by what they are; order within each kind is kept. */
function partition<Kind extends string>(
  message: Message,
  numbers: Readonly<Record<Kind, number>>,
): Record<Kind, Uint8Array[]> & { rest: Message } {
  const kinds = new Map(Object.entries<number>(numbers).map(([kind, number]) => [number, kind]));
  const sorted = Object.fromEntries(Object.keys(numbers).map((kind) => [kind, [] as Uint8Array[]]));
  const rest: Field[] = [];
  for (const field of message) {
    const kind = kinds.get(field.number);
    if (kind !== undefined && field.payload instanceof Uint8Array) {
      sorted[kind]!.push(field.payload);
    } else {
      rest.push(field);
    }
  }
  return { ...sorted, rest } as Record<Kind, Uint8Array[]> & { rest: Message };
}

const sub = lengthDelimitedField;

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
