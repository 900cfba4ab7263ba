import type { Turn } from './score/turn.ts';

/** A turn as RTTM has it. */
export type RttmTurn = Turn & {
  /** What the recording is called. */
  readonly file: string;
  readonly channel: string;
};

/** Type, file, channel, onset, duration, spelling, subtype, speaker. */
const LEAST_FIELDS = 8;

/**
 * Reads the turns of RTTM (Rich Transcription Time Marked, NIST's RT-09 evaluation
 * plan, appendix A). Comments, blank lines and lines of other types than SPEAKER
 * are passed over.
 *
 * @throws SyntaxError with the number of a SPEAKER line that cannot be read
 */
export function parseRttm(text: string): RttmTurn[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const fields = line.trim().split(/\s+/);
    const [type, file, channel, onset, duration, , , speaker] = fields;
    if (type !== 'SPEAKER') {
      return [];
    }
    const start = Number(onset);
    const seconds = Number(duration);
    if (fields.length < LEAST_FIELDS || !(start >= 0) || !(seconds >= 0)) {
      throw new SyntaxError(`line ${index + 1} is no turn of a speaker: ${line.trim()}`);
    }
    return [{ file: file!, channel: channel!, start, end: start + seconds, speaker: speaker! }];
  });
}

/** Writes turns as RTTM, to the millisecond. Spaces in names become underscores: they part fields. */
export function formatRttm(file: string, turns: readonly Turn[]): string {
  const name = (text: string) => text.trim().replaceAll(/\s+/g, '_');
  return turns
    .map(({ start, end, speaker }) => {
      const times = `${start.toFixed(3)} ${(end - start).toFixed(3)}`;
      return `SPEAKER ${name(file)} 1 ${times} <NA> <NA> ${name(speaker)} <NA> <NA>\n`;
    })
    .join('');
}
