import type { Digest, ModelFile, TranscriptionEntry } from '../model-entry.ts';

const PACKAGE = '@moonshine-ai/moonshine-js@0.1.29';

function file(name: string, path: string, pin: Digest): ModelFile {
  return { name, pin, sources: [{ kind: 'npm', package: PACKAGE, path }] };
}

/** Its package has the vocabulary, which is Llama's, inside its bundle only. */
const VOCABULARY: ModelFile = {
  name: 'vocabulary.base64',
  pin: {
    sha256: '9a1b45f3931e37f243e8f00e0741b533aa9a39dc823478b50e62637918eb8383',
    bytes: 323_892,
  },
  sources: [
    {
      kind: 'npm',
      package: PACKAGE,
      path: 'dist/moonshine.min.js',
      range: { start: 401_462, length: 323_892 },
    },
  ],
};

export const MOONSHINE_TINY: TranscriptionEntry = {
  id: 'moonshine-tiny',
  task: 'transcription',
  family: 'moonshine',
  title: 'Moonshine tiny',
  licence: 'MIT',
  precision: 'q8',
  languages: ['en'],
  verified: true,
  files: [
    file('encoder.onnx', 'dist/model/tiny/quantized/encoder_model.onnx', {
      sha256: 'c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a',
      bytes: 7_937_661,
    }),
    file('decoder.onnx', 'dist/model/tiny/quantized/decoder_model_merged.onnx', {
      sha256: 'eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367',
      bytes: 20_243_286,
    }),
    VOCABULARY,
  ],
};
