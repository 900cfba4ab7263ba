import { type GraphBuilder, graphBuilder, type Value } from './graph-builder.ts';
import { ELEMENT, graphAttribute, tensorValue } from './literals.ts';
import type { OnnxGraph } from './model-file.ts';

/** What a round leaves: its variables for the next one, and whether (bool []) that follows. */
type LoopRound<Name extends string> = {
  readonly goOn: Value;
  readonly next: Readonly<Record<Name, Value>>;
};

type LoopStart<Name extends string> = {
  /** int64 [] */
  readonly maxRounds: Value;
  /** Whether there is a first round: bool []. */
  readonly goOn: Value;
  /** The variables' element types; their shapes may change from round to round. */
  readonly types: Readonly<Record<Name, number>>;
  /** The variables as the first round finds them. */
  readonly initial: Readonly<Record<Name, Value>>;
};

/**
 * Repeats a body until it says that no round follows or `maxRounds` are done
 * (the Loop operator of ONNX). Besides its variables the body may read any value
 * made before the loop. The round's number, int64 [], counts from 0.
 *
 * @returns the variables as the last round left them
 */
export function writeLoop<Name extends string>(
  g: GraphBuilder,
  { maxRounds, goOn, types, initial }: LoopStart<Name>,
  writeRound: (
    body: GraphBuilder,
    state: Readonly<Record<Name, Value>>,
    round: Value,
  ) => LoopRound<Name>,
): Readonly<Record<Name, Value>> {
  const inLoop = `${g.prefix}Loop_${g.nodes.length}/`;
  const names = Object.keys(types) as Name[];
  const record = (valueOfName: (name: Name) => Value) =>
    Object.fromEntries(names.map((name) => [name, valueOfName(name)])) as Record<Name, Value>;
  const declare = (values: Readonly<Record<Name, Value>>) =>
    names.map((name) => tensorValue(values[name], types[name]));

  const state = record((name) => `${inLoop}${name}`);
  const body = graphBuilder(inLoop, g.opset);
  const number = `${inLoop}round`;
  const round = writeRound(body, state, number);
  // A body's outputs are made in it: what is handed on as it came needs a node of its own.
  const made = new Set(body.nodes.flatMap(({ outputs }) => outputs));
  const output = (value: Value, name: string) =>
    made.has(value) ? value : body.name(value, `${inLoop}${name}/kept`);
  const goesOn = output(round.goOn, 'go_on');
  const next = record((name) => output(round.next[name], name));
  const graph: OnnxGraph = {
    name: inLoop,
    nodes: body.nodes,
    initializers: body.initializers,
    inputs: [
      tensorValue(number, ELEMENT.int64, []),
      tensorValue(`${inLoop}went_on`, ELEMENT.bool, []),
      ...declare(state),
    ],
    outputs: [tensorValue(goesOn, ELEMENT.bool, []), ...declare(next)],
    rest: [],
  };
  const final = record((name) => `${inLoop}${name}/final`);
  g.push({
    opType: 'Loop',
    inputs: [maxRounds, goOn, ...names.map((name) => initial[name])],
    outputs: names.map((name) => final[name]),
    attributes: [graphAttribute('body', graph)],
    rest: [],
  });
  return final;
}
