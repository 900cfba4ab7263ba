import type { TextEmbedder, TextEmbedderOptions } from '../text/text-embedder.ts';

/** What the thread of a text embedder opens. */
export type TextSource = TextEmbedderOptions;

export type TextFacts = Pick<TextEmbedder, 'modelId' | 'dims' | 'maxTextTokens'>;

export type TextRequest =
  | { readonly call: 'embed'; readonly texts: readonly string[] }
  | { readonly call: 'dispose' };
