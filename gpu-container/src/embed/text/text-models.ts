import { ReelscribeError } from '#contracts/errors.ts';
import { TEXT_EMBEDDING_MODELS } from '#contracts/models.ts';

/** What its files do not tell of a model. */
export type TextModel = {
  /** Length of its vectors. */
  readonly dims: number;
  /** Tokens of a text that it reads, [CLS] and [SEP] included; what follows is left out. */
  readonly maxTokens: number;
};

/**
 * all-MiniLM-L6-v2 could take 512 tokens as BERT does, but its makers cut texts at
 * 256 (max_seq_length in its sentence_bert_config.json).
 */
const MODELS: Readonly<Record<(typeof TEXT_EMBEDDING_MODELS)[number], TextModel>> = {
  'all-minilm-l6-v2': { dims: 384, maxTokens: 256 },
  'gte-small': { dims: 384, maxTokens: 512 },
};

/**
 * The facts of a model by its catalog id.
 *
 * @throws ReelscribeError MODEL_NOT_FOUND
 */
export function textModel(id: string): TextModel {
  const known = TEXT_EMBEDDING_MODELS.find((name) => name === id);
  if (known === undefined) {
    throw new ReelscribeError(
      'MODEL_NOT_FOUND',
      `"${id}" is no text embedding model; there are ${TEXT_EMBEDDING_MODELS.join(' and ')}`,
    );
  }
  return MODELS[known];
}
