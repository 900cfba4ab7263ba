import { describe, expect, it } from '@jest/globals';
import type { TextTokenizer } from '../../../../../gpu-container/src/transcribe/tokenizer.ts';
import {
  alignmentHeads,
  whisperDimensions,
  whisperVocabulary,
} from '../../../../../gpu-container/src/transcribe/whisper/model-config.ts';
import { buildPrompt } from '../../../../../gpu-container/src/transcribe/whisper/prompt.ts';
import { tokenSegments } from '../../../../../gpu-container/src/transcribe/whisper/segments.ts';

// From the files of large-v3-turbo. Cantonese came with large-v3, so that every
// token after the languages is one further on than in the models before.
const GENERATION_CONFIG = {
  alignment_heads: [
    [2, 4],
    [2, 11],
    [3, 3],
    [3, 6],
    [3, 11],
    [3, 14],
  ],
  begin_suppress_tokens: [220, 50_257],
  decoder_start_token_id: 50_258,
  eos_token_id: 50_257,
  is_multilingual: true,
  lang_to_id: { '<|en|>': 50_259, '<|su|>': 50_357, '<|yue|>': 50_358 },
  no_timestamps_token_id: 50_364,
  suppress_tokens: [1, 2, 50_359, 50_360, 50_361, 50_362, 50_363],
  task_to_id: { transcribe: 50_360, translate: 50_359 },
};

const SPECIAL_TOKENS: Record<string, number> = {
  '<|startofprev|>': 50_362,
  '<|nospeech|>': 50_363,
  '<|notimestamps|>': 50_364,
};

const CONFIG = {
  d_model: 1280,
  decoder_layers: 4,
  decoder_attention_heads: 20,
  num_mel_bins: 128,
  max_source_positions: 1500,
  encoder_attention_heads: 20,
  max_target_positions: 448,
  vocab_size: 51_866,
};

const tokenizer: TextTokenizer = {
  encode: () => [400, 401],
  decode: () => '',
  tokenId: (content) => SPECIAL_TOKENS[content],
};

describe('the files of large-v3 and its kin', () => {
  const vocabulary = whisperVocabulary(GENERATION_CONFIG, tokenizer);
  const dimensions = whisperDimensions(CONFIG);

  it('place the special tokens one further on', () => {
    expect(vocabulary).toMatchObject({
      startOfPrevious: 50_362,
      noSpeech: 50_363,
      noTimestamps: 50_364,
      timestampBegin: 50_365,
      tasks: { transcribe: 50_360, translate: 50_359 },
    });
    expect(vocabulary.languages.get('yue')).toBe(50_358);
  });

  it('start a text with those tokens', () => {
    const options = { language: 'yue', task: 'transcribe', initialPrompt: 'a' } as const;
    const prompt = buildPrompt(
      { ...options, timestamps: false },
      vocabulary,
      tokenizer,
      dimensions,
    );

    expect(prompt.tokens).toEqual([50_362, 400, 401, 50_258, 50_358, 50_360, 50_364]);
    expect(prompt.startIndex).toBe(3);
  });

  it('time a text from their own first timestamp', () => {
    const tokens = [50_365, 400, 50_365 + 100, 50_365 + 100, 401, 50_365 + 200];
    const { segments } = tokenSegments(tokens, vocabulary, 30);

    expect(segments.map(({ start, end }) => [start, end])).toEqual([
      [0, 2],
      [2, 4],
    ]);
  });

  it.each([
    ['large-v3-turbo', 4],
    ['distil-large-v3', 2],
    ['large-v3', 32],
  ])('shape %s', (_model, decoder_layers) => {
    expect(whisperDimensions({ ...CONFIG, decoder_layers })).toEqual({
      melBins: 128,
      encoderPositions: 1500,
      encoderHeads: 20,
      decoderLayers: decoder_layers,
      decoderHeads: 20,
      headSize: 64,
      decoderPositions: 448,
      vocabularySize: 51_866,
    });
  });

  it('name the heads that follow the speech', () => {
    expect(alignmentHeads(GENERATION_CONFIG)).toContainEqual({ layer: 3, head: 14 });
    expect(alignmentHeads(GENERATION_CONFIG)).toHaveLength(6);
    expect(alignmentHeads({ ...GENERATION_CONFIG, alignment_heads: null })).toEqual([]);
  });
});
