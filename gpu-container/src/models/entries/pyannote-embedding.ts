import type { ModelEntry } from '../model-entry.ts';

/** Published as part of a library; these bytes of it are the model, in onnxruntime's own format. */
export const PYANNOTE_EMBEDDING: ModelEntry = {
  id: 'pyannote-embedding',
  task: 'speaker-embedding',
  title: 'pyannote/embedding, x-vector over SincNet',
  licence: 'MIT',
  precision: 'fp32',
  languages: 'multilingual',
  dims: 512,
  verified: true,
  files: [
    {
      name: 'model.ort',
      pin: {
        sha256: '0ec8d36d8e19b4a7035f1b71d35e651d9cb8e8cf2e456c559da3d22105c8050d',
        bytes: 17_639_176,
      },
      sources: [
        {
          kind: 'npm',
          package: 'nn-transcriber@0.1.0',
          path: 'ios/Frameworks/Moonshine.xcframework/ios-arm64/libmoonshine.a',
          range: { start: 41_447_368, length: 17_639_176 },
        },
      ],
    },
  ],
};
