import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LANGUAGES } from '#contracts/languages.ts';

const manifestSchema = z.array(
  z.object({
    file: z.string(),
    language: z.string().nullish(),
    text: z.string().nullish(),
    expect: z.string().default('ok'),
  }),
);

/** A recording to be transcribed. */
export type Recording = {
  file: string;
  path: string;
  /** ISO 639-1, where it is known; both sides are told. */
  language: string | undefined;
  /** What is said in it; undefined where nobody wrote it down. */
  text: string | undefined;
  /** Whether it holds no speech, so that every word written is made up. */
  isSpeechless: boolean;
};

/** What a manifest says of files that are there to be refused. */
const NOT_AUDIO = new Set(['no_audio', 'undecodable']);

/**
 * The recordings that the manifest.json of a folder lists, without those that
 * are there to be refused.
 *
 * @param only names of the files wanted; all, if empty
 * @throws Error where a wanted file is not listed
 */
export async function readDataSet(
  folder: string,
  only: readonly string[] = [],
): Promise<Recording[]> {
  const manifest = manifestSchema.parse(
    JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')),
  );
  const unknown = only.filter((name) => !manifest.some(({ file }) => file === name));
  if (unknown.length > 0) {
    throw new Error(`the manifest of ${folder} does not list ${unknown.join(', ')}`);
  }
  return manifest
    .filter(({ file, expect }) => {
      return !NOT_AUDIO.has(expect) && (only.length === 0 || only.includes(file));
    })
    .map(({ file, language, text, expect }) => ({
      file,
      path: join(folder, file),
      language: knownLanguage(language),
      text: text || undefined,
      isSpeechless: expect === 'no_speech',
    }));
}

/** `en-GB` is `en`; a code that Whisper has not learnt is better not told. */
function knownLanguage(code: string | null | undefined): string | undefined {
  const language = code?.toLowerCase().split(/[-_]/)[0];
  return LANGUAGES.find((known) => known === language);
}
