import { readdir, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { receiveUpload } from '../../../../gpu-container/src/serve/upload.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const LIMITS = { fileField: 'file', maxFiles: 2, maxFileBytes: 1_000, maxTotalBytes: 1_500 };
const NEVER = new AbortController().signal;
const BOUNDARY = 'boundary';

let scratch: Awaited<ReturnType<typeof makeScratchDir>>;

beforeEach(async () => {
  scratch = await makeScratchDir();
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

async function formRequest(
  parts: readonly [name: string, value: string | Uint8Array<ArrayBuffer>, fileName?: string][],
): Promise<Request> {
  const form = new FormData();
  for (const [name, value, fileName = 'name.mp4'] of parts) {
    if (typeof value === 'string') {
      form.append(name, value);
    } else {
      form.append(name, new Blob([value]), fileName);
    }
  }
  const encoded = new Response(form);
  const type = encoded.headers.get('content-type') ?? '';
  return rawRequest(await encoded.arrayBuffer(), { 'content-type': type });
}

function rawRequest(
  body: string | ArrayBuffer | ReadableStream,
  headers: Record<string, string> = {},
): Request {
  return new Request('http://service/', {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, ...headers },
    body,
    duplex: 'half',
  } as RequestInit);
}

const receive = (request: Request, signal = NEVER) =>
  receiveUpload(request, scratch.path, LIMITS, signal);

describe('an uploaded form', () => {
  it('becomes files under names of our own, in their order, and texts', async () => {
    const { files, fields } = await receive(
      await formRequest([
        ['file', new Uint8Array([1, 2, 3]), '../../etc/passwd'],
        ['language', 'de'],
        ['file', new Uint8Array([4, 5])],
        ['__proto__', 'polluted'],
      ]),
    );
    expect(await Promise.all(files.map(async (path) => [...(await readFile(path))]))).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(await readdir(scratch.path)).toEqual(['upload-0', 'upload-1']);
    expect(fields['language']).toBe('de');
    expect(Object.keys(fields)).toContain('__proto__');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each<[string, Parameters<typeof formRequest>[0], string]>([
    ['a file is too large', [['file', new Uint8Array(1_001)]], 'PAYLOAD_TOO_LARGE'],
    [
      'there are too many files',
      [1, 2, 3].map((): [string, Uint8Array<ArrayBuffer>] => ['file', new Uint8Array(1)]),
      'INVALID_REQUEST',
    ],
    ['a file comes under another name', [['video', new Uint8Array(1)]], 'INVALID_REQUEST'],
    ['there is no file', [['language', 'de']], 'INVALID_REQUEST'],
    ['a text is given as the file', [['file', 'text']], 'INVALID_REQUEST'],
    [
      'a text comes twice',
      [
        ['language', 'de'],
        ['language', 'en'],
        ['file', new Uint8Array(1)],
      ],
      'INVALID_REQUEST',
    ],
    [
      'a text is too long',
      [
        ['language', 'x'.repeat(10_000)],
        ['file', new Uint8Array(1)],
      ],
      'INVALID_REQUEST',
    ],
  ])('is refused where %s', async (_what, parts, code) => {
    await expect(receive(await formRequest(parts))).rejects.toMatchObject({ code });
  });

  it('is refused by its announced length, before a byte of it is read', async () => {
    let isRead = false;
    const body = new ReadableStream(
      {
        pull: () => {
          isRead = true;
        },
      },
      { highWaterMark: 0 },
    );
    const request = rawRequest(body, { 'content-length': '10000000' });
    await expect(receive(request)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect(isRead).toBe(false);
  });

  it('is refused as soon as it is larger than announced', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    await expect(receive(rawRequest(endless))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect(sent).toBeLessThan(2_000_000);
  });

  it('is refused where it is another content type, has no body, or is cut off', async () => {
    const json = new Request('http://service/', { method: 'POST', body: '{}' });
    await expect(receive(json)).rejects.toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
    await expect(receive(rawRequest(''))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    const cutOff = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc`;
    await expect(receive(rawRequest(cutOff))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('is given up where the request is aborted, for its reason', async () => {
    const gone = new AbortController();
    const stalled = new ReadableStream({
      start: (controller) => {
        const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc`;
        controller.enqueue(new TextEncoder().encode(head));
      },
    });
    const received = receive(rawRequest(stalled), gone.signal);
    setImmediate(() => gone.abort(new Error('gone')));
    await expect(received).rejects.toThrow('gone');
  });
});
