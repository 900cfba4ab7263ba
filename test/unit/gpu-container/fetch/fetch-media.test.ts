import { readdir, readFile } from 'node:fs/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createGuardedAgent } from '../../../../adapters/guarded-agent.ts';
import { fetchMedia } from '../../../../gpu-container/src/fetch/fetch-media.ts';
import { startLoopbackServer } from '../../../environment/loopback-server.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { sineWav } from '../../../environment/sine-wav.ts';

const agent = createGuardedAgent({ allowLoopback: true });
const s3 = new S3Client({ region: 'us-east-1' });
afterAll(async () => {
  s3.destroy();
  await agent[Symbol.asyncDispose]();
});

describe('fetchMedia', () => {
  it('brings a URL onto the disk and tells its type by content, not by Content-Type', async () => {
    const wav = sineWav({ seconds: 0.1 });
    await using scratch = await makeScratchDir();
    await using server = await startLoopbackServer((_request, response) => {
      response.setHeader('content-type', 'text/plain').end(wav);
    });
    const media = await fetchMedia(
      { url: `${server.origin}/talk.txt` },
      { s3, agent },
      { scratchDir: scratch.path, maxBytes: 100_000, pictures: false },
    );
    expect(media).toMatchObject({ bytes: wav.length, sniffedType: 'audio/wav' });
    expect((await readFile(media.path)).equals(wav)).toBe(true);
  });

  it('leaves no file behind when the input is refused', async () => {
    await using scratch = await makeScratchDir();
    await using server = await startLoopbackServer((_request, response) => {
      response.end('<html>Please log in</html>');
    });
    await expect(
      fetchMedia(
        { url: server.origin },
        { s3, agent },
        { scratchDir: scratch.path, maxBytes: 100_000, pictures: false },
      ),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED_MEDIA' });
    expect(await readdir(scratch.path)).toEqual([]);
  });
});
