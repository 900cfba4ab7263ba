import { z } from 'zod';

/** What a speaker is called in every document, whatever the name: SPEAKER_00, SPEAKER_01, … */
export const speakerLabelSchema = z.string().regex(/^SPEAKER_\d{2,}$/);

/** The label of a speaker by the order in which they are first heard, from 0. */
export function speakerLabel(index: number): string {
  return `SPEAKER_${String(index).padStart(2, '0')}`;
}
