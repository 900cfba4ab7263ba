import { ELEMENT, intAttribute, intsAttribute, tensorAttribute } from './literals.ts';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './model-file.ts';
import type { Subgraph } from './subgraph.ts';

/** The name of a value in a graph. */
export type Value = string;

/**
 * Writes nodes one after the other. Each operator is a call that takes the
 * values it reads and returns the one it makes, so that a graph reads like the
 * arithmetic it is. Operators are used in the forms that the standard operator
 * set has had since version 11.
 */
export type GraphBuilder = ReturnType<typeof graphBuilder>;

/**
 * @param prefix of the values made, unique in the model
 * @param opset version of the standard operator set that the model is written in
 */
export function graphBuilder(prefix: string, opset: number) {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const op = (opType: string, inputs: Value[], ...attributes: OnnxAttribute[]): Value => {
    const output = `${prefix}${opType}_${nodes.length}`;
    nodes.push({ opType, inputs, outputs: [output], attributes, rest: [] });
    return output;
  };
  const int64Constant = (values: readonly number[], shape: readonly number[]) => {
    const numbers = BigInt64Array.from(values, BigInt);
    return op('Constant', [], tensorAttribute('value', ELEMENT.int64, numbers, shape));
  };
  const int64s = (...values: readonly number[]) => int64Constant(values, [values.length]);

  return {
    prefix,
    opset,
    /** What was written so far. */
    nodes: nodes as readonly OnnxNode[],
    initializers: initializers as readonly OnnxTensor[],

    /** An int64 scalar. */
    int64: (value: number) => int64Constant([value], []),
    /** int64 [values.length] */
    int64s,
    /** An int64 matrix. */
    int64Rows: (rows: readonly (readonly number[])[]) =>
      int64Constant(rows.flat(), [rows.length, rows[0]?.length ?? 0]),
    /** A float32 scalar. */
    float32: (value: number) =>
      op('Constant', [], tensorAttribute('value', ELEMENT.float32, Float32Array.of(value), [])),

    add: (a: Value, b: Value) => op('Add', [a, b]),
    sub: (a: Value, b: Value) => op('Sub', [a, b]),
    mul: (a: Value, b: Value) => op('Mul', [a, b]),

    equal: (a: Value, b: Value) => op('Equal', [a, b]),
    less: (a: Value, b: Value) => op('Less', [a, b]),
    greater: (a: Value, b: Value) => op('Greater', [a, b]),
    and: (a: Value, b: Value) => op('And', [a, b]),
    or: (a: Value, b: Value) => op('Or', [a, b]),
    not: (x: Value) => op('Not', [x]),
    where: (condition: Value, then: Value, otherwise: Value) =>
      op('Where', [condition, then, otherwise]),

    cast: (x: Value, elementType: number) => op('Cast', [x], intAttribute('to', elementType)),
    shape: (x: Value) => op('Shape', [x]),
    reshape: (x: Value, ...shape: number[]) => op('Reshape', [x, int64s(...shape)]),
    /** Repeats x to a shape given as a value. */
    expand: (x: Value, shape: Value) => op('Expand', [x, shape]),
    concat: (values: Value[], axis: number) => op('Concat', values, intAttribute('axis', axis)),
    /** Elements [from, to) along an axis; negative ones count from its end. */
    slice: (x: Value, axis: number, from: number, to = Number.MAX_SAFE_INTEGER) =>
      op('Slice', [x, int64s(from), int64s(to), int64s(axis)]),
    gather: (x: Value, indices: Value, axis: number) =>
      op('Gather', [x, indices], intAttribute('axis', axis)),
    gatherElements: (x: Value, indices: Value, axis: number) =>
      op('GatherElements', [x, indices], intAttribute('axis', axis)),

    /** The index of the largest element along an axis, the first of equals; the axis stays, with one element. */
    argMax: (x: Value, axis: number) => op('ArgMax', [x], intAttribute('axis', axis)),
    logSoftmax: (x: Value, axis: number) => op('LogSoftmax', [x], intAttribute('axis', axis)),
    /** The largest or smallest element along some axes, which go. */
    reduce: (opType: 'ReduceMax' | 'ReduceMin', x: Value, ...axes: number[]) =>
      opset < 18
        ? op(opType, [x], intsAttribute('axes', axes), intAttribute('keepdims', 0))
        : op(opType, [x, int64s(...axes)], intAttribute('keepdims', 0)),

    /** Floats as unsigned 8-bit numbers, by their range. */
    quantize(x: Value): Record<'values' | 'scale' | 'zeroPoint', Value> {
      const values = `${prefix}Quantize_${nodes.length}`;
      const [scale, zeroPoint] = [`${values}/scale`, `${values}/zero_point`];
      const outputs = [values, scale, zeroPoint];
      nodes.push({
        opType: 'DynamicQuantizeLinear',
        inputs: [x],
        outputs,
        attributes: [],
        rest: [],
      });
      return { values, scale, zeroPoint };
    },
    /** A product of 8-bit matrices, int32. */
    multiplyIntegers: (a: Value, b: Value, zeroOfA: Value, zeroOfB: Value) =>
      op('MatMulInteger', [a, b, zeroOfA, zeroOfB]),

    /** Gives a value another name, such as an output's. */
    name(x: Value, name: string): Value {
      nodes.push({ opType: 'Identity', inputs: [x], outputs: [name], attributes: [], rest: [] });
      return name;
    },

    /** Adds a node of any kind. */
    push(node: OnnxNode): void {
      nodes.push(node);
    },

    /** Puts in nodes made elsewhere, with their weights, and returns their outputs. */
    insert(subgraph: Subgraph): readonly Value[] {
      nodes.push(...subgraph.nodes);
      initializers.push(...subgraph.initializers);
      return subgraph.outputs;
    },
  };
}
