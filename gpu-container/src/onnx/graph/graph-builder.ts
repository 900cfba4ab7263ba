import { ELEMENT, intAttribute, intsAttribute, tensorAttribute } from './literals.ts';
import {
  MICROSOFT_OPERATOR,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
} from './model-file.ts';
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
  const int64 = (value: number) => int64Constant([value], []);
  const int64s = (...values: readonly number[]) => int64Constant(values, [values.length]);
  const float32s = (values: Float32Array, ...shape: readonly number[]) =>
    op('Constant', [], tensorAttribute('value', ELEMENT.float32, values, shape));
  const several = (
    count: number,
    opType: string,
    inputs: Value[],
    attributes: readonly OnnxAttribute[],
    rest: OnnxNode['rest'],
  ): Value[] => {
    const name = `${prefix}${opType}_${nodes.length}`;
    const outputs = Array.from({ length: count }, (_, index) => `${name}/${index}`);
    nodes.push({ opType, inputs, outputs, attributes, rest });
    return outputs;
  };

  return {
    prefix,
    opset,
    /** What was written so far. */
    nodes: nodes as readonly OnnxNode[],
    initializers: initializers as readonly OnnxTensor[],

    /** An int64 scalar. */
    int64,
    /** int64 [values.length] */
    int64s,
    /** An int64 matrix. */
    int64Rows: (rows: readonly (readonly number[])[]) =>
      int64Constant(rows.flat(), [rows.length, rows[0]?.length ?? 0]),
    /** A float32 scalar. */
    float32: (value: number) => float32s(Float32Array.of(value)),
    /** Float32 numbers, row by row. */
    float32s,

    /** Any operator of the standard set that makes one value. */
    op,
    /**
     * One of onnxruntime's own operators: the first `count` of what it makes. The
     * empty name stands for an input left out.
     */
    microsoft: (
      count: number,
      opType: string,
      inputs: Value[],
      ...attributes: readonly OnnxAttribute[]
    ) => several(count, opType, inputs, attributes, MICROSOFT_OPERATOR),

    add: (a: Value, b: Value) => op('Add', [a, b]),
    sub: (a: Value, b: Value) => op('Sub', [a, b]),
    mul: (a: Value, b: Value) => op('Mul', [a, b]),
    div: (a: Value, b: Value) => op('Div', [a, b]),
    max: (a: Value, b: Value) => op('Max', [a, b]),
    matMul: (a: Value, b: Value) => op('MatMul', [a, b]),

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
    transpose: (x: Value, ...axes: number[]) => op('Transpose', [x], intsAttribute('perm', axes)),
    /** Elements [from, to) along an axis, every so many; negative ones count from its end. */
    slice: (x: Value, axis: number, from: number, to = Number.MAX_SAFE_INTEGER, step = 1) =>
      op('Slice', [
        x,
        int64s(from),
        int64s(to),
        int64s(axis),
        ...(step === 1 ? [] : [int64s(step)]),
      ]),
    /** The first elements along an axis, as many as a value, int64 [1], says. */
    firstOf: (x: Value, axis: number, count: Value) =>
      op('Slice', [x, int64s(0), count, int64s(axis)]),
    /** Equal parts along an axis, in a model of operator set 13 to 17. */
    split: (x: Value, axis: number, parts: number) =>
      several(parts, 'Split', [x], [intAttribute('axis', axis)], []),
    gather: (x: Value, indices: Value, axis: number) =>
      op('Gather', [x, indices], intAttribute('axis', axis)),
    gatherElements: (x: Value, indices: Value, axis: number) =>
      op('GatherElements', [x, indices], intAttribute('axis', axis)),

    /** The index of the largest element along an axis, the first of equals; the axis stays, with one element. */
    argMax: (x: Value, axis: number) => op('ArgMax', [x], intAttribute('axis', axis)),
    softmax: (x: Value, axis: number) => op('Softmax', [x], intAttribute('axis', axis)),
    logSoftmax: (x: Value, axis: number) => op('LogSoftmax', [x], intAttribute('axis', axis)),
    /** The largest or smallest element along some axes, which go. */
    reduce: (opType: 'ReduceMax' | 'ReduceMin' | 'ReduceLogSumExp', x: Value, ...axes: number[]) =>
      opset < 18
        ? op(opType, [x], intsAttribute('axes', axes), intAttribute('keepdims', 0))
        : op(opType, [x, int64s(...axes)], intAttribute('keepdims', 0)),
    /** The sum along some axes, which go. */
    sum: (x: Value, ...axes: number[]) =>
      opset < 13
        ? op('ReduceSum', [x], intsAttribute('axes', axes), intAttribute('keepdims', 0))
        : op('ReduceSum', [x, int64s(...axes)], intAttribute('keepdims', 0)),
    /** The sum of an element and of those before it along an axis. */
    cumulativeSum: (x: Value, axis: number) => op('CumSum', [x, int64(axis)]),

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

    /** Puts in a weight, unless it is there already. */
    weight(tensor: OnnxTensor): Value {
      if (!initializers.some(({ name }) => name === tensor.name)) {
        initializers.push(tensor);
      }
      return tensor.name;
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
