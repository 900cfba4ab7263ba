import type { ModelEntry } from '../model-entry.ts';

export const SILERO_VAD: ModelEntry = {
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
