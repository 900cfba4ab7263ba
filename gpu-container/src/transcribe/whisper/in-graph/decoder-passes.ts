import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';

/** What a step leaves for the next one: keys and values of the tokens passed, by names of its own. */
export type TextCache = Readonly<Record<string, Value>>;

/** A decoder, as a search writes its passes into a graph. */
export type DecoderPasses = {
  /** The element types of the cache. */
  readonly cacheTypes: Readonly<Record<string, number>>;
  /** Passes the prompts. `logitsAfter` a position (int64 []) are float32 [batch, vocabulary]. */
  prefill(g: GraphBuilder): { logitsAfter(position: Value): Value; cache: TextCache };
  /**
   * Passes one more token of each text, int64 [batch, 1]. May be written into the
   * body of a loop around which the prefill is.
   */
  step(g: GraphBuilder, token: Value, cache: TextCache): { logits: Value; cache: TextCache };
};
