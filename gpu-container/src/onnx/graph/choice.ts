import { type GraphBuilder, graphBuilder, type Value } from './graph-builder.ts';
import { graphAttribute, tensorValue } from './literals.ts';
import type { OnnxGraph } from './model-file.ts';

type WriteBranch<Name extends string> = (branch: GraphBuilder) => Readonly<Record<Name, Value>>;

/**
 * Computes one of two branches (the If operator of ONNX), which may read any
 * value made before.
 *
 * @param condition bool []
 * @param types of what both branches make; the shapes may differ
 */
export function writeChoice<Name extends string>(
  g: GraphBuilder,
  condition: Value,
  types: Readonly<Record<Name, number>>,
  branches: { readonly whenTrue: WriteBranch<Name>; readonly whenFalse: WriteBranch<Name> },
): Readonly<Record<Name, Value>> {
  const inChoice = `${g.prefix}If_${g.nodes.length}/`;
  const names = Object.keys(types) as Name[];
  const branch = (kind: string, write: WriteBranch<Name>): OnnxGraph => {
    const body = graphBuilder(`${inChoice}${kind}/`, g.opset);
    const values = write(body);
    // A branch's outputs are made in it, even those that it only hands on.
    const outputs = names.map((name) => body.name(values[name], `${inChoice}${kind}/${name}`));
    return {
      name: `${inChoice}${kind}`,
      nodes: body.nodes,
      initializers: body.initializers,
      inputs: [],
      outputs: outputs.map((value, index) => tensorValue(value, types[names[index]!])),
      rest: [],
    };
  };
  const then = branch('then', branches.whenTrue);
  const otherwise = branch('else', branches.whenFalse);
  const made = Object.fromEntries(names.map((name) => [name, `${inChoice}${name}`]));
  g.push({
    opType: 'If',
    inputs: [condition],
    outputs: names.map((name) => made[name]!),
    attributes: [graphAttribute('then_branch', then), graphAttribute('else_branch', otherwise)],
    rest: [],
  });
  return made as Record<Name, Value>;
}
