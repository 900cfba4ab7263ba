import { describe, expect, it } from '@jest/globals';
import type { TextTokenizer } from '../../../../../gpu-container/src/transcribe/tokenizer.ts';
import {
  whisperDimensions,
  whisperVocabulary,
} from '../../../../../gpu-container/src/transcribe/whisper/model-config.ts';

const GENERATION_CONFIG = {
  decoder_start_token_id: 11,
  eos_token_id: 10,
  no_timestamps_token_id: 19,
  is_multilingual: true,
  lang_to_id: { '<|en|>': 12, '<|haw|>': 13 },
  task_to_id: { transcribe: 15, translate: 14 },
  suppress_tokens: [1, 2],
  begin_suppress_tokens: [3],
};

function tokenizerWith(tokens: Record<string, number>): TextTokenizer {
  return { encode: () => [], decode: () => '', tokenId: (content) => tokens[content] };
}

const OLD_NAMES = tokenizerWith({ '<|startofprev|>': 17, '<|nocaptions|>': 18 });

describe('whisperVocabulary', () => {
  it("takes special tokens from the model's own files", () => {
    expect(whisperVocabulary(GENERATION_CONFIG, OLD_NAMES)).toEqual({
      startOfTranscript: 11,
      startOfPrevious: 17,
      endOfText: 10,
      noSpeech: 18,
      noTimestamps: 19,
      timestampBegin: 20,
      languages: new Map([
        ['en', 12],
        ['haw', 13],
      ]),
      tasks: { transcribe: 15, translate: 14 },
      suppressed: [1, 2],
      suppressedFirst: [3],
    });
  });

  it('knows the newer name of the no-speech token', () => {
    const tokenizer = tokenizerWith({ '<|startofprev|>': 17, '<|nospeech|>': 99 });

    expect(whisperVocabulary(GENERATION_CONFIG, tokenizer).noSpeech).toBe(99);
  });

  it('has neither languages nor tasks for an English-only model', () => {
    const { lang_to_id, task_to_id, ...rest } = GENERATION_CONFIG;
    const vocabulary = whisperVocabulary({ ...rest, is_multilingual: false }, OLD_NAMES);

    expect(vocabulary.languages.size).toBe(0);
    expect(vocabulary.tasks).toBeUndefined();
  });

  it('refuses a tokenizer that lacks a special token', () => {
    expect(() => whisperVocabulary(GENERATION_CONFIG, tokenizerWith({}))).toThrow('startofprev');
  });

  it('refuses a generation config without what it needs', () => {
    expect(() => whisperVocabulary({}, OLD_NAMES)).toThrow('decoder_start_token_id');
  });
});

describe('whisperDimensions', () => {
  it('reads the shapes of a model', () => {
    const config = {
      d_model: 384,
      decoder_layers: 4,
      decoder_attention_heads: 6,
      num_mel_bins: 80,
      max_source_positions: 1500,
      encoder_attention_heads: 6,
      max_target_positions: 448,
      vocab_size: 51_865,
    };

    expect(whisperDimensions(config)).toEqual({
      melBins: 80,
      encoderPositions: 1500,
      encoderHeads: 6,
      decoderLayers: 4,
      decoderHeads: 6,
      headSize: 64,
      decoderPositions: 448,
      vocabularySize: 51_865,
    });
  });
});
