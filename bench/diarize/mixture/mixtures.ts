import { type Conversation, makeConversation, type Voice } from './conversation.ts';
import { createRandom } from './random.ts';

export const FEWEST_SPEAKERS = 2;
export const MOST_SPEAKERS = 8;

/** What speech in an office is above its noise. Every other mixture has noise. */
const SNR_DECIBELS = 20;

/** A made conversation. */
export type Mixture = Conversation & { name: string };

export type MixtureOptions = {
  /** How many of each number of speakers. */
  perCount: number;
  seed: number;
};

/**
 * Conversations of 2 to 8 of the voices, drawn anew for each; of as many as there
 * are, where they are fewer. They are made one at a time.
 */
export function* makeMixtures(
  voices: readonly Voice[],
  { perCount, seed }: MixtureOptions,
): Generator<Mixture> {
  for (let count = FEWEST_SPEAKERS; count <= Math.min(MOST_SPEAKERS, voices.length); count++) {
    for (let index = 0; index < perCount; index++) {
      const own = mixtureSeed(seed, count, index);
      const chosen = createRandom(own).shuffled(voices).slice(0, count);
      const isNoisy = index % 2 === 1;
      yield {
        name: `mixture_${count}spk_${index + 1}${isNoisy ? '_noisy' : ''}`,
        ...makeConversation(chosen, {
          seed: own + 1,
          ...(isNoisy && { snrDecibels: SNR_DECIBELS }),
        }),
      };
    }
  }
}

/** So far apart that a mixture keeps its seed when others are added. */
function mixtureSeed(seed: number, count: number, index: number): number {
  return seed * 1_000_003 + count * 10_007 + index * 2;
}
