import { randomUUID } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { Upload } from '@aws-sdk/lib-storage';
import type { JobInput } from '#contracts/job-request.ts';
import type { ApiClient } from '../api-client.ts';
import { MAX_SINGLE_UPLOAD_BYTES } from '../emulators/s3-sqs.ts';
import type { LocalStack } from '../stack/local-stack.ts';

/** Something that the person at the keyboard can put right. */
export class InputProblem extends Error {
  override readonly name = 'InputProblem';
}

/** What the demo is asked to transcribe. */
export type DemoSource =
  | { kind: 'url'; url: string }
  | { kind: 'file'; path: string; bytes: number };

/**
 * Reads the demo's argument.
 *
 * @throws InputProblem where it is neither a URL nor a file that can be read
 */
export async function readSource(argument: string): Promise<DemoSource> {
  if (/^https?:\/\//i.test(argument)) {
    return { kind: 'url', url: argument };
  }
  // npm runs scripts in the project's folder, and tells where the caller stood.
  const path = resolve(process.env['INIT_CWD'] ?? '.', argument);
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) {
    throw new InputProblem(`There is no file ${argument}`);
  }
  if (!facts.isFile()) {
    throw new InputProblem(`${argument} is not a file`);
  }
  return { kind: 'file', path, bytes: facts.size };
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.flac': 'audio/flac',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.m4a': 'audio/mp4',
  '.mp4': 'video/mp4',
  '.mov': 'video/quicktime',
  '.mkv': 'video/x-matroska',
  '.webm': 'video/webm',
};

/**
 * Makes the source readable for the worker: a file goes up by POST /v1/uploads
 * as any caller's would; one that the S3 emulator cannot take in one piece, or
 * an empty one, which the API takes no upload of, goes to the media bucket.
 */
export async function toJobInput(
  source: DemoSource,
  api: ApiClient,
  stack: LocalStack,
): Promise<JobInput> {
  if (source.kind === 'url') {
    return { url: source.url };
  }
  const { path, bytes } = source;
  if (bytes === 0 || bytes > MAX_SINGLE_UPLOAD_BYTES) {
    const object = { bucket: stack.mediaBucket, key: `${randomUUID()}/${basename(path)}` };
    await new Upload({
      client: stack.clients.s3,
      params: { Bucket: object.bucket, Key: object.key, Body: createReadStream(path) },
    }).done();
    return { s3: object };
  }
  const contentType = CONTENT_TYPES[extname(path).toLowerCase()] ?? 'video/mp4';
  const ticket = await api.createUpload(bytes, contentType);
  const form = new FormData();
  for (const [name, value] of Object.entries(ticket.fields)) {
    form.set(name, value);
  }
  form.set('file', await openAsBlob(path), basename(path));
  const response = await fetch(ticket.url, { method: 'POST', body: form });
  if (!response.ok) {
    throw new Error(`the upload was answered with ${response.status}`);
  }
  return { uploadId: ticket.uploadId };
}
