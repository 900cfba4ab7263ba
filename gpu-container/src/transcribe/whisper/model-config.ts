import { z } from 'zod';
import type { TextTokenizer } from '../tokenizer.ts';

const generationConfigSchema = z.object({
  decoder_start_token_id: z.int(),
  eos_token_id: z.int(),
  no_timestamps_token_id: z.int(),
  suppress_tokens: z.array(z.int()).nullish(),
  begin_suppress_tokens: z.array(z.int()).nullish(),
  is_multilingual: z.boolean().default(true),
  lang_to_id: z.record(z.string(), z.int()).optional(),
  task_to_id: z.record(z.string(), z.int()).optional(),
  alignment_heads: z.array(z.tuple([z.int(), z.int()])).nullish(),
});

const modelConfigSchema = z.object({
  d_model: z.int(),
  decoder_layers: z.int(),
  decoder_attention_heads: z.int(),
  encoder_attention_heads: z.int(),
  num_mel_bins: z.int(),
  max_source_positions: z.int(),
  max_target_positions: z.int(),
  vocab_size: z.int(),
});

/** Shapes of the network. */
export type WhisperDimensions = {
  readonly melBins: number;
  readonly encoderPositions: number;
  readonly encoderHeads: number;
  readonly decoderLayers: number;
  readonly decoderHeads: number;
  readonly headSize: number;
  /** Longest token sequence, prompt and all. */
  readonly decoderPositions: number;
  readonly vocabularySize: number;
};

/** Special tokens, which differ between models. */
export type WhisperVocabulary = {
  readonly startOfTranscript: number;
  readonly startOfPrevious: number;
  readonly endOfText: number;
  readonly noSpeech: number;
  readonly noTimestamps: number;
  /** Token of 0.00 s; each next one stands for 0.02 s more. */
  readonly timestampBegin: number;
  /** Language token by code; none in English-only models. */
  readonly languages: ReadonlyMap<string, number>;
  /** Task tokens; undefined in English-only models. */
  readonly tasks: { readonly transcribe: number; readonly translate: number } | undefined;
  /** Never written. */
  readonly suppressed: readonly number[];
  /** Not written first: they would make an empty text. */
  readonly suppressedFirst: readonly number[];
};

/** A head of the decoder's cross-attention that follows the speech from word to word. */
export type AlignmentHead = { readonly layer: number; readonly head: number };

/** Reads the alignment heads from a parsed `generation_config.json`; none where it names none. */
export function alignmentHeads(generationConfigJson: unknown): AlignmentHead[] {
  const config = generationConfigSchema.parse(generationConfigJson);
  return (config.alignment_heads ?? []).map(([layer, head]) => ({ layer, head }));
}

/** Reads the shapes from a parsed `config.json`. */
export function whisperDimensions(configJson: unknown): WhisperDimensions {
  const config = modelConfigSchema.parse(configJson);
  return {
    melBins: config.num_mel_bins,
    encoderPositions: config.max_source_positions,
    encoderHeads: config.encoder_attention_heads,
    decoderLayers: config.decoder_layers,
    decoderHeads: config.decoder_attention_heads,
    headSize: config.d_model / config.decoder_attention_heads,
    decoderPositions: config.max_target_positions,
    vocabularySize: config.vocab_size,
  };
}

/** Reads the special tokens from a parsed `generation_config.json` and the tokenizer. */
export function whisperVocabulary(
  generationConfigJson: unknown,
  tokenizer: TextTokenizer,
): WhisperVocabulary {
  const config = generationConfigSchema.parse(generationConfigJson);
  const { transcribe, translate } = config.task_to_id ?? {};
  const languages = Object.entries(config.is_multilingual ? (config.lang_to_id ?? {}) : {});
  return {
    startOfTranscript: config.decoder_start_token_id,
    startOfPrevious: requireToken(tokenizer, '<|startofprev|>'),
    endOfText: config.eos_token_id,
    // Named anew with large-v3; the same token.
    noSpeech: tokenizer.tokenId('<|nospeech|>') ?? requireToken(tokenizer, '<|nocaptions|>'),
    noTimestamps: config.no_timestamps_token_id,
    timestampBegin: config.no_timestamps_token_id + 1,
    languages: new Map(languages.map(([token, id]) => [token.replace(/^<\||\|>$/g, ''), id])),
    tasks:
      config.is_multilingual && transcribe !== undefined && translate !== undefined
        ? { transcribe, translate }
        : undefined,
    suppressed: config.suppress_tokens ?? [],
    suppressedFirst: config.begin_suppress_tokens ?? [],
  };
}

function requireToken(tokenizer: TextTokenizer, content: string): number {
  const id = tokenizer.tokenId(content);
  if (id === undefined) {
    throw new Error(`tokenizer.json has no token ${content}`);
  }
  return id;
}
