import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { ReelscribeError } from '#contracts/errors.ts';
import { Refusal } from './refusal.ts';

const MAX_FIELDS = 16;
const MAX_FIELD_BYTES = 8 * 1024;
const MAX_PART_HEADER_BYTES = 8 * 1024;
/** For boundaries and headers of parts, beside the bytes of files. */
const FORM_OVERHEAD_BYTES = 256 * 1024;

export type UploadLimits = {
  /** Name of the form's fields that are files. */
  fileField: string;
  maxFiles: number;
  maxFileBytes: number;
  /** Of all files together. */
  maxTotalBytes: number;
};

/** A form as it was received. */
export type Upload = {
  /** Paths of the files, in their order. */
  files: readonly string[];
  fields: Readonly<Record<string, string>>;
};

/**
 * Receives a multipart form (RFC 7578), its files as files in a folder, piece by
 * piece, so that memory does not grow with them. Names that a caller gives to files
 * are not used.
 *
 * @param dir an empty folder
 * @throws ReelscribeError UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, INPUT_EMPTY,
 *   INVALID_REQUEST for a form with no file, other fields of files, or too many parts
 * @throws the signal's reason, where it was aborted
 */
export async function receiveUpload(
  request: Request,
  dir: string,
  limits: UploadLimits,
  signal: AbortSignal,
): Promise<Upload> {
  const maxBytes = limits.maxTotalBytes + FORM_OVERHEAD_BYTES;
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) {
    throw tooLarge(`the form has more than ${maxBytes} bytes`);
  }
  const ending = new AbortController();
  const form = readParts(openParser(request, limits), dir, limits, {
    until: AbortSignal.any([signal, ending.signal]),
    refuse: (error) => ending.abort(error),
  });
  await form.feed(request.body, maxBytes);
  signal.throwIfAborted();
  ending.signal.throwIfAborted();
  if (form.files.length === 0) {
    throw invalidForm(limits.fileField, 'is missing: send at least one file');
  }
  return { files: form.files, fields: Object.fromEntries(form.fields) };
}

/**
 * Receives a form with one file, named `file`, and some texts.
 *
 * @throws as {@link receiveUpload}
 */
export async function receiveFile(
  request: Request,
  dir: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ file: string; fields: Upload['fields'] }> {
  const limits = {
    fileField: 'file',
    maxFiles: 1,
    maxFileBytes: maxBytes,
    maxTotalBytes: maxBytes,
  };
  const { files, fields } = await receiveUpload(request, dir, limits, signal);
  return { file: files[0]!, fields };
}

function openParser(request: Request, { maxFiles, maxFileBytes }: UploadLimits): BusboyInstance {
  const type = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\s*;.*boundary=/i.test(type)) {
    throw new ReelscribeError('UNSUPPORTED_MEDIA_TYPE', 'the body is no multipart form', {
      hint: 'Send Content-Type: multipart/form-data.',
    });
  }
  return new Busboy({
    headers: { 'content-type': type },
    limits: {
      files: maxFiles,
      fileSize: maxFileBytes,
      fields: MAX_FIELDS,
      fieldSize: MAX_FIELD_BYTES,
      fieldNameSize: 100,
      headerSize: MAX_PART_HEADER_BYTES,
    },
  });
}

/** Saves files and keeps texts as they come; what is wrong with them is told to `refuse`. */
function readParts(
  parser: BusboyInstance,
  dir: string,
  { fileField, maxFiles, maxFileBytes }: UploadLimits,
  { until, refuse }: { until: AbortSignal; refuse: (error: Error) => void },
) {
  const files: string[] = [];
  const fields = new Map<string, string>();
  const saves: Promise<unknown>[] = [];

  parser.on('file', (field, stream) => {
    const path = join(dir, `upload-${files.length}`);
    files.push(path);
    stream.on('limit', () => refuse(tooLarge(`a file has more than ${maxFileBytes} bytes`)));
    if (field !== fileField) {
      refuse(invalidForm(field, `is no field for files; ${fileField} is`));
    }
    const saving = pipeline(stream, createWriteStream(path, { flags: 'wx' }), { signal: until });
    saves.push(saving.catch(refuse));
  });
  parser.on('field', (name, value, isNameCut, isValueCut) => {
    if (isNameCut || isValueCut) {
      refuse(invalidForm(name, 'is too long'));
    } else if (fields.has(name)) {
      refuse(invalidForm(name, 'is given more than once'));
    }
    fields.set(name, value);
  });
  parser.on('filesLimit', () =>
    refuse(invalidForm(fileField, `is given more than ${maxFiles} times`)),
  );
  parser.on('fieldsLimit', () => refuse(invalidForm('', 'the form has too many fields')));

  return {
    files,
    fields,
    async feed(body: Request['body'], maxBytes: number): Promise<void> {
      const chunks = body === null ? Readable.from([]) : Readable.fromWeb(body as ReadableStream);
      const counted = (all: AsyncIterable<Uint8Array>) => bounded(all, maxBytes);
      try {
        await pipeline(chunks, counted, parser, { signal: until });
      } catch (error) {
        refuse(error instanceof ReelscribeError ? error : malformed(error));
      }
      await Promise.all(saves);
    },
  };
}

async function* bounded(chunks: AsyncIterable<Uint8Array>, maxBytes: number) {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw tooLarge(`the form has more than ${maxBytes} bytes`);
    }
    yield chunk;
  }
}

function tooLarge(message: string): ReelscribeError {
  return new ReelscribeError('PAYLOAD_TOO_LARGE', message, {
    hint: 'Send less, name a stored file where the route takes one, or raise the limits of the service.',
  });
}

function invalidForm(path: string, message: string): Refusal {
  return new Refusal('INVALID_REQUEST', {
    issues: [{ path, reason: 'INVALID_VALUE', message }],
    hint: 'docs/service.md has the fields of each form.',
  });
}

function malformed(cause: unknown): ReelscribeError {
  return new ReelscribeError('INVALID_REQUEST', 'the body is not a complete multipart form', {
    cause,
    hint: 'Send a form as RFC 7578 has it.',
  });
}
