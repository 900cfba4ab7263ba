import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type FetchFiles, SourceError } from './source.ts';

/** A file in a folder of this machine. */
export type FileLocation = { kind: 'file'; path: string };

/** Copies files from a local folder (a mounted volume, a checked-out model repository). */
export const fetchFromFolder: FetchFiles<FileLocation> = async (wanted, deliver) => {
  for (const { name, location } of wanted) {
    const stats = await stat(location.path).catch((cause: NodeJS.ErrnoException) => {
      throw new SourceError(
        cause.code === 'ENOENT' ? `no file ${basename(location.path)}` : cause.message,
        {
          transient: false,
          cause,
        },
      );
    });
    if (!stats.isFile()) {
      throw new SourceError(`${basename(location.path)} is not a regular file`, {
        transient: false,
      });
    }
    await deliver(name, createReadStream(location.path));
  }
};
