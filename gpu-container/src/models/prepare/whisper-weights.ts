import { z } from 'zod';

const configSchema = z.object({
  d_model: z.int(),
  encoder_layers: z.int(),
  decoder_layers: z.int(),
  encoder_ffn_dim: z.int(),
  decoder_ffn_dim: z.int(),
  num_mel_bins: z.int(),
  max_source_positions: z.int(),
  max_target_positions: z.int(),
  vocab_size: z.int(),
});

/** A weight of Whisper by the name that it is published under, as PyTorch lays it out. */
export type PublishedWeight = { readonly name: string; readonly shape: readonly number[] };

/** Taps of both convolutions over time. */
const CONVOLUTION_TAPS = 3;

/**
 * The weights of a Whisper as Hugging Face transformers names and shapes them
 * (WhisperForConditionalGeneration). The projection to the vocabulary is the token embedding
 * and not among them.
 *
 * @param configJson a parsed `config.json`
 */
export function whisperWeights(
  configJson: unknown,
): Record<'encoder' | 'decoder', readonly PublishedWeight[]> {
  const config = configSchema.parse(configJson);
  const width = config.d_model;
  return {
    encoder: [
      ...convolution('model.encoder.conv1', width, config.num_mel_bins),
      ...convolution('model.encoder.conv2', width, width),
      weight('model.encoder.embed_positions.weight', config.max_source_positions, width),
      ...layers('model.encoder', config.encoder_layers, (layer) => [
        ...attention(layer, 'self_attn', width),
        ...feedForward(layer, width, config.encoder_ffn_dim),
      ]),
      ...layerNorm('model.encoder.layer_norm', width),
    ],
    decoder: [
      weight('model.decoder.embed_tokens.weight', config.vocab_size, width),
      weight('model.decoder.embed_positions.weight', config.max_target_positions, width),
      ...layers('model.decoder', config.decoder_layers, (layer) => [
        ...attention(layer, 'self_attn', width),
        ...attention(layer, 'encoder_attn', width),
        ...feedForward(layer, width, config.decoder_ffn_dim),
      ]),
      ...layerNorm('model.decoder.layer_norm', width),
    ],
  };
}

function layers(
  half: string,
  count: number,
  weightsOf: (layer: string) => PublishedWeight[],
): PublishedWeight[] {
  return Array.from({ length: count }, (_, index) => weightsOf(`${half}.layers.${index}`)).flat();
}

function attention(layer: string, module: string, width: number): PublishedWeight[] {
  return [
    weight(`${layer}.${module}.k_proj.weight`, width, width),
    ...linear(`${layer}.${module}.v_proj`, width, width),
    ...linear(`${layer}.${module}.q_proj`, width, width),
    ...linear(`${layer}.${module}.out_proj`, width, width),
    ...layerNorm(`${layer}.${module}_layer_norm`, width),
  ];
}

function feedForward(layer: string, width: number, hidden: number): PublishedWeight[] {
  return [
    ...linear(`${layer}.fc1`, hidden, width),
    ...linear(`${layer}.fc2`, width, hidden),
    ...layerNorm(`${layer}.final_layer_norm`, width),
  ];
}

function convolution(module: string, outputs: number, inputs: number): PublishedWeight[] {
  return [
    weight(`${module}.weight`, outputs, inputs, CONVOLUTION_TAPS),
    weight(`${module}.bias`, outputs),
  ];
}

function linear(module: string, outputs: number, inputs: number): PublishedWeight[] {
  return [weight(`${module}.weight`, outputs, inputs), weight(`${module}.bias`, outputs)];
}

function layerNorm(module: string, width: number): PublishedWeight[] {
  return [weight(`${module}.weight`, width), weight(`${module}.bias`, width)];
}

function weight(name: string, ...shape: number[]): PublishedWeight {
  return { name, shape };
}
