import { type Speaker, type Warning, warning } from '#contracts/transcript.ts';
import type { VoiceMatches } from './match-voices.ts';

/**
 * Gives speakers their names: that which the request has for the label, or else
 * that of the known voice they sound like. A warning tells of each name that
 * found nobody.
 *
 * @param speakerNames by label
 */
export function nameSpeakers(
  speakers: readonly Speaker[],
  speakerNames: Readonly<Record<string, string>> = {},
  { matches, notFound }: VoiceMatches = { matches: [], notFound: [] },
): { speakers: Speaker[]; warnings: Warning[] } {
  const matchOf = new Map(matches.map(({ label, ...match }) => [label, match]));
  const labels = new Set(speakers.map(({ label }) => label));
  return {
    speakers: speakers.map((speaker) => {
      const match = matchOf.get(speaker.label);
      const name = speakerNames[speaker.label] ?? match?.name;
      return { ...speaker, ...(name !== undefined && { name }), ...(match && { match }) };
    }),
    warnings: [
      ...notFound.map((name) => warning('VOICE_NOT_FOUND', { name })),
      ...Object.keys(speakerNames)
        .filter((label) => !labels.has(label))
        .map((name) => warning('SPEAKER_NAME_UNUSED', { name })),
    ],
  };
}
