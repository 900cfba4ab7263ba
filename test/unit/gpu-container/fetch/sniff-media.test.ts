import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { sniffMedia } from '../../../../gpu-container/src/fetch/sniff-media.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { sineWav } from '../../../environment/sine-wav.ts';

async function sniff(content: Buffer | string, pictures = false): Promise<string | null> {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'input');
  await writeFile(path, content);
  return await sniffMedia(path, { pictures });
}

const PNG = Buffer.from(
  '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489',
  'hex',
);

describe('sniffMedia', () => {
  it('knows a WAV file by its content', async () => {
    expect(await sniff(sineWav({ seconds: 0.1 }))).toBe('audio/wav');
  });

  it.each([
    ['plain text', 'Once upon a time there was a text file.\n'],
    ['text in another script', '昔々あるところに'.repeat(300)],
    ['HTML', '<!doctype html><html><body>Please log in</body></html>'],
    ['XML', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
    ['JSON', '{"error":"not found"}'],
    ['an HLS playlist', '#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n'],
    ['a concat script', "ffconcat version 1.0\nfile '/etc/passwd'\n"],
    ['a PDF', '%PDF-1.7\n%\u00e2\u00e3\n1 0 obj\n'],
    ['a gzip archive', gzipSync('hello')],
    ['a picture', PNG],
  ])('refuses %s', async (_label, content) => {
    await expect(sniff(content)).rejects.toMatchObject({ code: 'UNSUPPORTED_MEDIA' });
  });

  it('knows a picture where one will do', async () => {
    expect(await sniff(PNG, true)).toBe('image/png');
    await expect(sniff('GIF89a\x01\x00\x01\x00\x00\x00\x00', true)).rejects.toMatchObject({
      code: 'UNSUPPORTED_MEDIA',
      message: expect.stringContaining('png, jpg, webp'),
    });
  });

  it('leaves bytes that it does not know to the decoder', async () => {
    expect(await sniff(Buffer.from([0, 1, 2, 3, 0xff, 0xfe, 4, 5, 6, 7, 8, 9]))).toBeNull();
  });
});
