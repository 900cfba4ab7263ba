import { describe, expect, it } from '@jest/globals';
import { whisperWeights } from '../../../../../gpu-container/src/models/prepare/whisper-weights.ts';

/** What openai/whisper-large-v3-turbo says of itself. */
const TURBO = {
  d_model: 1280,
  encoder_layers: 32,
  decoder_layers: 4,
  encoder_ffn_dim: 5120,
  decoder_ffn_dim: 5120,
  num_mel_bins: 128,
  max_source_positions: 1500,
  max_target_positions: 448,
  vocab_size: 51866,
};

describe('the weights of a Whisper', () => {
  const { encoder, decoder } = whisperWeights(TURBO);
  const shapes = new Map([...encoder, ...decoder].map(({ name, shape }) => [name, shape]));

  it('are as many as are published', () => {
    expect(shapes.size).toBe(587);
    expect(encoder).toHaveLength(5 + 2 + 32 * 15);
    const numbers = [...shapes.values()].map((shape) => shape.reduce((a, b) => a * b, 1));
    expect(numbers.reduce((a, b) => a + b, 0)).toBe(808_878_080);
  });

  it.each([
    ['model.encoder.conv1.weight', [1280, 128, 3]],
    ['model.encoder.conv2.weight', [1280, 1280, 3]],
    ['model.encoder.embed_positions.weight', [1500, 1280]],
    ['model.encoder.layers.31.fc1.weight', [5120, 1280]],
    ['model.encoder.layers.31.fc2.bias', [1280]],
    ['model.encoder.layer_norm.weight', [1280]],
    ['model.decoder.embed_tokens.weight', [51866, 1280]],
    ['model.decoder.embed_positions.weight', [448, 1280]],
    ['model.decoder.layers.3.encoder_attn.k_proj.weight', [1280, 1280]],
    ['model.decoder.layers.3.encoder_attn_layer_norm.bias', [1280]],
    ['model.decoder.layers.3.fc2.weight', [1280, 5120]],
  ])('have %s of shape %j', (name, shape) => {
    expect(shapes.get(name)).toEqual(shape);
  });

  it('have no bias of keys, and no projection to the vocabulary', () => {
    expect([...shapes.keys()].filter((name) => /k_proj\.bias|proj_out/.test(name))).toEqual([]);
  });

  it('cannot be told without all of the dimensions', () => {
    expect(() => whisperWeights({ ...TURBO, encoder_ffn_dim: undefined })).toThrow(
      /encoder_ffn_dim/,
    );
  });
});
