import type { Diarizer } from './diarizer.ts';
import { embedSpeech, embedVoice } from './embed-speech.ts';
import type { StretchEmbedder } from './stretch-embedder.ts';
import { tellApart } from './tell-apart.ts';
import type { WindowTuning } from './tuning.ts';

/**
 * The default backend: speech is cut into stretches that overlap, voices are
 * found by clustering the embeddings of long ones, and each moment goes to one
 * of the voices by the embeddings of short ones.
 */
export function openWindowDiarizer({
  embedder,
  tuning,
}: {
  embedder: StretchEmbedder;
  tuning: WindowTuning;
}): Diarizer {
  return {
    modelIds: [embedder.modelId],
    diarize: async (pcm, speech, options, run) =>
      tellApart(await embedSpeech(pcm, speech, embedder, tuning, run), options, tuning),
    voices: {
      embed: (samples) => embedVoice(samples, embedder),
      sameVoiceSimilarity: tuning.sameVoiceSimilarity,
    },
    dispose: () => embedder.dispose(),
  };
}
