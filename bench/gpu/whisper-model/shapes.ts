/** What of a Whisper's config.json its speed depends on. */
export type WhisperShape = {
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly width: number;
  readonly heads: number;
  /** Layer and head of the cross-attention that times words. */
  readonly alignmentHeads: readonly (readonly [number, number])[];
};

/** The published sizes, and one for trying the bench out. */
export const WHISPER_SHAPES = {
  'large-v3-turbo': {
    encoderLayers: 32,
    decoderLayers: 4,
    width: 1280,
    heads: 20,
    alignmentHeads: [
      [2, 4],
      [2, 11],
      [3, 3],
      [3, 6],
      [3, 11],
      [3, 14],
    ],
  },
  'large-v3': {
    encoderLayers: 32,
    decoderLayers: 32,
    width: 1280,
    heads: 20,
    alignmentHeads: [
      [7, 0],
      [10, 17],
      [12, 18],
      [13, 12],
      [16, 1],
      [17, 14],
      [19, 11],
      [21, 4],
      [24, 1],
      [25, 6],
    ],
  },
  miniature: {
    encoderLayers: 2,
    decoderLayers: 2,
    width: 64,
    heads: 2,
    alignmentHeads: [[1, 0]],
  },
} as const satisfies Record<string, WhisperShape>;

export type WhisperShapeName = keyof typeof WHISPER_SHAPES;

const MEL_BINS = 128;
const ENCODER_POSITIONS = 1500;
const DECODER_POSITIONS = 448;
/** Of a layer's widening, in widths. */
const FEED_FORWARD = 4;
/** Tokens of large-v3 and its kin. */
export const VOCABULARY_SIZE = 51_866;

/** A config.json as transformers writes them. */
export function whisperConfig({ encoderLayers, decoderLayers, width, heads }: WhisperShape) {
  return {
    architectures: ['WhisperForConditionalGeneration'],
    model_type: 'whisper',
    activation_function: 'gelu',
    d_model: width,
    encoder_layers: encoderLayers,
    encoder_attention_heads: heads,
    encoder_ffn_dim: FEED_FORWARD * width,
    decoder_layers: decoderLayers,
    decoder_attention_heads: heads,
    decoder_ffn_dim: FEED_FORWARD * width,
    num_hidden_layers: encoderLayers,
    num_mel_bins: MEL_BINS,
    max_source_positions: ENCODER_POSITIONS,
    max_target_positions: DECODER_POSITIONS,
    vocab_size: VOCABULARY_SIZE,
  };
}
