import type { ModelEntry } from '../model-entry.ts';

/** None of these could be fetched where they were written down, so they pin nothing but their commits. */
export const DIARIZATION_MODELS_OF_HUB: readonly ModelEntry[] = [
  {
    id: 'pyannote-segmentation-3.0',
    task: 'speaker-segmentation',
    title: 'pyannote segmentation 3.0',
    licence: 'MIT',
    precision: 'fp32',
    languages: 'multilingual',
    verified: false,
    files: [
      {
        name: 'model.onnx',
        sources: [
          {
            kind: 'hf',
            repo: 'onnx-community/pyannote-segmentation-3.0',
            revision: '733a93b6473d019a773298e08cefa686894b1854',
            path: 'onnx/model.onnx',
          },
        ],
      },
    ],
  },
  {
    id: 'wespeaker-voxceleb-resnet34-lm',
    task: 'speaker-embedding',
    title: 'WeSpeaker ResNet34, large margin',
    licence: 'CC-BY-4.0',
    precision: 'fp32',
    languages: 'multilingual',
    dims: 256,
    verified: false,
    files: [
      {
        name: 'model.onnx',
        sources: [
          {
            kind: 'hf',
            repo: 'Wespeaker/wespeaker-voxceleb-resnet34-LM',
            revision: 'f0c48c298fd835726c27956a5d617bad7115627e',
            path: 'voxceleb_resnet34_LM.onnx',
          },
        ],
      },
    ],
  },
  {
    // SpeechBrain publishes no ONNX file itself; this is somebody's export of
    // speechbrain/spkrec-ecapa-voxceleb, without its features. Its inputs are
    // `features` and `feature_lens`.
    id: 'speechbrain-ecapa-voxceleb',
    task: 'speaker-embedding',
    title: 'SpeechBrain ECAPA-TDNN',
    licence: 'Apache-2.0',
    precision: 'fp32',
    languages: 'multilingual',
    dims: 192,
    verified: false,
    files: [
      {
        name: 'model.onnx',
        sources: [
          {
            kind: 'hf',
            repo: 'vedk00/ecapa-voxceleb-speaker-embedding-onnx',
            revision: 'a9cb9321b07b4ee5b0ea47fdd25242d9cacd824a',
            path: 'model/ecapa-speaker-v1.onnx',
          },
        ],
      },
    ],
  },
];
