import { readFile } from 'node:fs/promises';
import {
  type OnnxGraph,
  type OnnxModel,
  readModel,
  writeModel,
} from '../../onnx/graph/model-file.ts';
import { multipliesSignedBytes } from '../../onnx/processor.ts';
import { fuseAttention } from '../../onnx/rewrite/fused-attention.ts';
import { multiplyIntegers } from '../../onnx/rewrite/integer-projection.ts';
import { signWeights } from '../../onnx/rewrite/signed-weights.ts';
import { type OnnxSession, openSession, type SessionOptions } from '../../onnx/session.ts';
import type { WhisperDimensions } from './model-config.ts';

/** Opens an encoder, on a CPU in the form that a CPU computes fastest. */
export async function openEncoder(
  path: string,
  { encoderHeads }: Pick<WhisperDimensions, 'encoderHeads'>,
  options: SessionOptions,
): Promise<OnnxSession> {
  if (!mayRewrite(options)) {
    return openSession(path, options);
  }
  const model = readModel(await readFile(path));
  // Other outputs, such as every layer's attention, would keep what they come from in the graph.
  const outputs = model.graph.outputs.filter(({ name }) => name === 'last_hidden_state');
  const graph = withFastWeights({ ...model.graph, outputs });
  return openSession(path, options, writeModel(fuseAttention({ ...model, graph }, encoderHeads)));
}

/** A merged decoder, for a CPU in the form that a CPU computes fastest. */
export type DecoderGraph = {
  /** Weights that the model leaves in other files are beside this one. */
  readonly path: string;
  readonly model: OnnxModel;
};

export async function readDecoder(path: string, options: SessionOptions): Promise<DecoderGraph> {
  const decoder = readModel(await readFile(path));
  if (!mayRewrite(options)) {
    return { path, model: decoder };
  }
  const model = multiplyIntegers(decoder);
  return { path, model: { ...model, graph: withFastWeights(model.graph) } };
}

export function openDecoder(
  { path, model }: DecoderGraph,
  options: SessionOptions,
): Promise<OnnxSession> {
  return openSession(path, options, writeModel(model));
}

function withFastWeights(graph: OnnxGraph): OnnxGraph {
  return multipliesSignedBytes() ? signWeights(graph) : graph;
}

function mayRewrite({ device = 'cpu', sessionOptions = 'fast' }: SessionOptions): boolean {
  return device === 'cpu' && sessionOptions === 'fast';
}
