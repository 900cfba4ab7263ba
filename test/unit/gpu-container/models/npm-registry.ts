import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { type RecordingServer, serve } from './recording-server.ts';

const BLOCK = 512;

export type TarEntry = { path: string; content?: Buffer; linkTo?: string };

/** A gzipped tarball of exactly these entries, whatever their paths. */
export function tarball(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = Buffer.alloc(0), linkTo }) => {
    const header = new Header({
      path,
      size: content.length,
      mode: 0o644,
      type: linkTo === undefined ? 'File' : 'SymbolicLink',
      ...(linkTo === undefined ? {} : { linkpath: linkTo }),
    });
    const block = Buffer.alloc(BLOCK);
    header.encode(block);
    return [block, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
}

/** A registry that has one package at version 1.0.0. */
export async function serveRegistry(
  name: string,
  archive: Buffer,
  options: { integrityOf?: Buffer; authorization?: string } = {},
): Promise<RecordingServer> {
  const digest = createHash('sha512')
    .update(options.integrityOf ?? archive)
    .digest('base64');
  return await serve((request, response) => {
    const host = `http://${request.headers.host}`;
    if (
      options.authorization !== undefined &&
      request.headers.authorization !== options.authorization
    ) {
      response.writeHead(401).end();
    } else if (request.url?.endsWith('.tgz')) {
      response.end(archive);
    } else if (decodeURIComponent(request.url ?? '') === `/${name}`) {
      const dist = { tarball: `${host}/${name}/-/package.tgz`, integrity: `sha512-${digest}` };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          name,
          'dist-tags': { latest: '1.0.0' },
          versions: { '1.0.0': { name, version: '1.0.0', dist } },
        }),
      );
    } else {
      response.writeHead(404).end('{}');
    }
  });
}
