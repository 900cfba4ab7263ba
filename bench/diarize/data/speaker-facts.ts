import { readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { z } from 'zod';
import { parseRttm } from '../rttm.ts';
import { speakersOf, type Turn } from '../score/turn.ts';

const manifestSchema = z.array(
  z.object({
    file: z.string(),
    expect: z.string().default('ok'),
    rttm: z.string().nullish(),
    rttm_speech: z.string().nullish(),
    speakers: z.number().nullish(),
    voice: z.string().nullish(),
  }),
);

/** Turns to score against. The first of a recording are those that figures are of. */
export type Reference = { name: string; turns: readonly Turn[] };

/** What a recording is there for. */
export type SpeakerFacts =
  | { kind: 'conversation' | 'meeting'; speakers: number; references: readonly Reference[] }
  /** One person, who has to stay one. */
  | { kind: 'lone'; voice: string }
  /** Nobody, so that nobody should be found. */
  | { kind: 'speechless' };

/** Excerpts of meetings of the AMI corpus: real talk, much harder than what is made of read speech. */
const MEETING_PREFIX = 'ami_';

/**
 * What the manifest.json of a folder knows of the speakers of its recordings, by
 * file; files that it tells nothing of are not there. Of recordings with turns it
 * names one or two files of RTTM: `rttm`, and `rttm_speech`, the same with pauses
 * cut out.
 *
 * @throws SyntaxError for RTTM that cannot be read
 */
export async function readSpeakerFacts(folder: string): Promise<Map<string, SpeakerFacts>> {
  const manifest = manifestSchema.parse(
    JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')),
  );
  const facts = new Map<string, SpeakerFacts>();
  for (const { file, expect, rttm, rttm_speech, speakers, voice } of manifest) {
    if (rttm) {
      const names = [rttm, ...(rttm_speech ? [rttm_speech] : [])];
      const references = await Promise.all(
        names.map(async (name) => ({ name, turns: await readTurns(join(folder, name), file) })),
      );
      const kind = file.startsWith(MEETING_PREFIX) ? 'meeting' : 'conversation';
      facts.set(file, { kind, speakers: speakersOf(references[0]!.turns).length, references });
    } else if (expect === 'no_speech') {
      facts.set(file, { kind: 'speechless' });
    } else if (expect === 'ok' && speakers === 1) {
      facts.set(file, { kind: 'lone', voice: voice ?? voiceOfFile(file) });
    }
  }
  return facts;
}

/** The turns of a recording, from a file that may have those of others too. */
async function readTurns(path: string, file: string): Promise<Turn[]> {
  const turns = parseRttm(await readFile(path, 'utf8'));
  const own = turns.filter((turn) => turn.file === parse(file).name);
  return own.length > 0 ? own : turns;
}

/**
 * Whose voice a file has, as far as its name tells: files whose names differ in a
 * number at their end are by one person (`reader_0870.wav` and `reader_0890.wav`).
 * Where that is wrong, the manifest has to say `voice`.
 */
export function voiceOfFile(file: string): string {
  return parse(file).name.replace(/[_-]\d+$/, '');
}
