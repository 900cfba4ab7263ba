import type { WhisperShape } from './shapes.ts';

type Token = { readonly id: number; readonly content: string };

/** The parts of a tokenizer.json that change. */
export type TokenizerJson = { readonly added_tokens: readonly Token[] };

/** The parts of a generation_config.json that change. */
export type GenerationConfigJson = {
  readonly lang_to_id: Readonly<Record<string, number>>;
  readonly task_to_id: Readonly<Record<string, number>>;
  readonly no_timestamps_token_id: number;
  readonly suppress_tokens: readonly number[];
};

/** Where large-v3 has Cantonese, between the languages that there were before and the tasks. */
const CANTONESE: Token = { id: 50_358, content: '<|yue|>' };

const moved = (id: number) => (id < CANTONESE.id ? id : id + 1);

/** The tokens of large-v3, from those of the sizes before it: one language more. */
export function largeTokenizer<Json extends TokenizerJson>(tokenizer: Json): Json {
  const tokens = tokenizer.added_tokens.map((token) => ({ ...token, id: moved(token.id) }));
  const like = tokenizer.added_tokens.find(({ content }) => content === '<|en|>');
  return {
    ...tokenizer,
    added_tokens: [...tokens, { ...like, ...CANTONESE }].toSorted((a, b) => a.id - b.id),
  };
}

/** What goes with {@link largeTokenizer}. */
export function largeGenerationConfig<Json extends GenerationConfigJson>(
  config: Json,
  { alignmentHeads }: WhisperShape,
): Json {
  const { transcribe = 0, translate = 0 } = config.task_to_id;
  return {
    ...config,
    lang_to_id: { ...config.lang_to_id, [CANTONESE.content]: CANTONESE.id },
    task_to_id: { transcribe: moved(transcribe), translate: moved(translate) },
    no_timestamps_token_id: moved(config.no_timestamps_token_id),
    suppress_tokens: config.suppress_tokens.map(moved),
    alignment_heads: alignmentHeads,
  };
}
