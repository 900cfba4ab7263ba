import { ELEMENT, tensorAttribute, tensorValue } from './literals.ts';
import { newModel, type OnnxAttribute, type OnnxNode, writeModel } from './model-file.ts';

/** Writes a network of 32-bit floats operator by operator, in the order they are computed. */
export type NetworkWriter = {
  /** A weight; the name to use it by. */
  weight(values: Float32Array, ...shape: readonly number[]): string;
  /** A list of whole numbers, such as an operator's axes. */
  integers(...values: readonly number[]): string;
  /** An operator with one output; its name. */
  operator(opType: string, inputs: readonly string[], ...attributes: OnnxAttribute[]): string;
  /** An operator with several outputs; the empty name stands for an input left out. */
  operatorOf<Output extends string>(
    outputs: readonly Output[],
    opType: string,
    inputs: readonly string[],
    ...attributes: OnnxAttribute[]
  ): Record<Output, string>;
  /** Ends the network; the bytes of an ONNX file. */
  write(inputs: Readonly<Record<string, Shape>>, outputs: readonly NetworkOutput[]): Uint8Array;
};

/** Dimensions, by a name where they vary. */
type Shape = readonly (number | string)[];

type NetworkOutput = { readonly name: string; readonly value: string; readonly shape: Shape };

const OPSET = 16;

export function networkWriter(name: string): NetworkWriter {
  const nodes: OnnxNode[] = [];
  const add = (
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: readonly OnnxAttribute[] = [],
  ): void => {
    nodes.push({ opType, inputs, outputs, attributes, rest: [] });
  };
  const operator: NetworkWriter['operator'] = (opType, inputs, ...attributes) => {
    const output = `${opType}_${nodes.length}`;
    add(opType, inputs, [output], attributes);
    return output;
  };

  return {
    weight: (values, ...shape) =>
      operator('Constant', [], tensorAttribute('value', ELEMENT.float32, values, shape)),
    integers: (...values) => {
      const numbers = BigInt64Array.from(values, BigInt);
      const tensor = tensorAttribute('value', ELEMENT.int64, numbers, [values.length]);
      return operator('Constant', [], tensor);
    },
    operator,
    operatorOf(outputs, opType, inputs, ...attributes) {
      const names = outputs.map((output) => `${opType}_${nodes.length}/${output}`);
      add(opType, inputs, names, attributes);
      return Object.fromEntries(outputs.map((output, index) => [output, names[index]])) as Record<
        (typeof outputs)[number],
        string
      >;
    },
    write(inputs, outputs) {
      for (const output of outputs) {
        add('Identity', [output.value], [output.name]);
      }
      const values = (entries: readonly (readonly [string, Shape])[]) =>
        entries.map(([value, shape]) => tensorValue(value, ELEMENT.float32, shape));
      const graph = {
        name,
        nodes,
        initializers: [],
        inputs: values(Object.entries(inputs)),
        outputs: values(outputs.map((output) => [output.name, output.shape])),
        rest: [],
      };
      return writeModel(newModel(graph, OPSET));
    },
  };
}
