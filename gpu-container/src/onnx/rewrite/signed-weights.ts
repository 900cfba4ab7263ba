import { ELEMENT } from '../graph/literals.ts';
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../graph/model-file.ts';
import { nodesWithin } from '../graph/subgraph.ts';
import { readByteWeight, writeByteWeight } from '../graph/weights.ts';

/** Where MatMulInteger has its weights and their zero point among its inputs. */
const WEIGHT = 1;
const ZERO_POINT = 3;

const SIGN_BIT = 0x80;

/**
 * Makes the unsigned 8-bit weights of integer products signed: weight and zero
 * point both less 128, so that their difference, and with it every product, is
 * the same to the last bit. Processors multiply unsigned activations with signed
 * weights in one instruction (AVX512-VNNI's vpdpbusd) and have none for two
 * unsigned ones.
 */
export function signWeights(graph: OnnxGraph): OnnxGraph {
  const nodes = nodesWithin(graph);
  const products = nodes.filter(isProduct);
  const declared = [...graph.inputs, ...graph.outputs].map(({ name }) => name);
  const others = new Set([
    ...declared,
    ...nodes.flatMap((node) =>
      node.inputs.filter((_, index) => !isProduct(node) || ![WEIGHT, ZERO_POINT].includes(index)),
    ),
  ]);
  const unsigned = new Map(
    graph.initializers.flatMap((tensor) => {
      const weight = readByteWeight(tensor);
      return weight?.elementType === ELEMENT.uint8 && !others.has(tensor.name)
        ? [[tensor.name, weight]]
        : [];
    }),
  );
  // One that keeps its type keeps what it is paired with from changing, and so on from pair to pair.
  for (let left = -1; left !== unsigned.size; ) {
    left = unsigned.size;
    for (const { inputs } of products) {
      const pair = [inputs[WEIGHT] ?? '', inputs[ZERO_POINT] ?? ''];
      if (!pair.every((name) => unsigned.has(name))) {
        for (const name of pair) {
          unsigned.delete(name);
        }
      }
    }
  }
  const initializers = graph.initializers.map((tensor): OnnxTensor => {
    const weight = unsigned.get(tensor.name);
    return weight === undefined
      ? tensor
      : writeByteWeight({
          ...weight,
          elementType: ELEMENT.int8,
          bytes: withOtherSign(weight.bytes),
        });
  });
  return { ...graph, initializers };
}

function isProduct({ opType }: OnnxNode): boolean {
  return opType === 'MatMulInteger';
}

/** Less 128, as signed bytes. A plain loop: with a callback for each byte it takes ten times as long. */
function withOtherSign(bytes: Uint8Array): Uint8Array {
  const signed = new Uint8Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) {
    signed[index] = bytes[index]! ^ SIGN_BIT;
  }
  return signed;
}
