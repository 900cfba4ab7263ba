import { type PcmReader, pcmFromSamples } from '../../../gpu-container/src/decode/pcm.ts';
import {
  type EmbeddedSpeech,
  embedSpeech,
} from '../../../gpu-container/src/diarize/embed-speech.ts';
import type { StretchEmbedder } from '../../../gpu-container/src/diarize/stretch-embedder.ts';
import type { WindowTuning } from '../../../gpu-container/src/diarize/tuning.ts';
import type { SpeechRegion } from '../../../gpu-container/src/vad/speech-regions.ts';
import { makeConversation, type Voice } from '../mixture/conversation.ts';
import { createRandom } from '../mixture/random.ts';
import type { Turn } from '../score/turn.ts';

/** A made conversation as far as the product gets before it decides anything. */
export type EmbeddedConversation = {
  readonly speakers: number;
  readonly speech: EmbeddedSpeech;
  /** Who really speaks when. */
  readonly turns: readonly Turn[];
};

const MOST_SPEAKERS = 8;
/** Short conversations, in which a voice has little time, and longer ones. */
const TURNS_PER_VOICE = [3, 8];
/** A lone voice is no conversation: it speaks as long as several would. */
const TURNS_ALONE = 12;
/** None, an office's, a street's. */
const SNR_DECIBELS = [undefined, 20, 10];
const OVERLAP_SHARES = [0, 0.2];

/** How conversations go: every number of speakers, length, noise and share of overlap once. */
function* plans() {
  for (let speakers = 1; speakers <= MOST_SPEAKERS; speakers++) {
    for (const turns of TURNS_PER_VOICE) {
      for (const overlapShare of OVERLAP_SHARES) {
        for (const snrDecibels of SNR_DECIBELS) {
          yield {
            speakers,
            turnsPerVoice: speakers === 1 ? TURNS_ALONE : turns,
            overlapShare,
            ...(snrDecibels !== undefined && { snrDecibels }),
          };
        }
      }
    }
  }
}

/**
 * Makes conversations of the voices and embeds their speech, one after another.
 *
 * @param findSpeech as the product finds it
 */
export async function* embeddedConversations(
  voices: readonly Voice[],
  seed: number,
  side: {
    findSpeech: (pcm: PcmReader) => Promise<readonly SpeechRegion[]>;
    embedder: StretchEmbedder;
    tuning: WindowTuning;
  },
): AsyncGenerator<EmbeddedConversation> {
  const random = createRandom(seed);
  for (const { speakers, ...options } of plans()) {
    const chosen = random.shuffled(voices).slice(0, speakers);
    const conversationSeed = Math.floor(random.uniform(0, 2 ** 31));
    const { samples, turns } = makeConversation(chosen, { ...options, seed: conversationSeed });
    const pcm = pcmFromSamples(samples);
    const regions = await side.findSpeech(pcm);
    const speech = await embedSpeech(pcm, regions, side.embedder, side.tuning);
    yield { speakers: chosen.length, speech, turns };
  }
}
