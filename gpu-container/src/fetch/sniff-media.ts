import { open } from 'node:fs/promises';
import { fileTypeFromFile } from 'file-type';
import { ReelscribeError } from '#contracts/errors.ts';

const TEXT_SAMPLE_BYTES = 4_096;

/** Containers of sound or pictures whose registered types do not begin with audio/ or video/. */
const MEDIA_APPLICATION_TYPES = new Set([
  'application/ogg',
  'application/mxf',
  'application/vnd.ms-asf',
  'application/vnd.rn-realmedia',
]);

/** Pictures that can be embedded. */
const PICTURE_TYPES = new Set(['image/jpeg', 'image/png', 'image/webp']);

export function isPictureType(mime: string | null): boolean {
  return mime !== null && PICTURE_TYPES.has(mime);
}

/**
 * Looks at the first bytes of a file, whatever its name or Content-Type claim,
 * and refuses what certainly is no media, playlists included. Whatever it does
 * not know is left for ffprobe to judge.
 *
 * @param pictures whether a png, jpg or webp file will do as well
 * @returns The media type, or null where the bytes do not tell.
 * @throws {ReelscribeError} UNSUPPORTED_MEDIA.
 */
export async function sniffMedia(
  path: string,
  { pictures }: { pictures: boolean },
): Promise<string | null> {
  const found = await fileTypeFromFile(path);
  if (found !== undefined) {
    if (!isMediaType(found.mime) && !(pictures && isPictureType(found.mime))) {
      throw notMedia(found.mime, pictures);
    }
    return found.mime;
  }
  if (isText(await readStart(path))) {
    throw notMedia('text', pictures);
  }
  return null;
}

function notMedia(type: string, pictures: boolean): ReelscribeError {
  const wanted = pictures ? 'a video, an image (png, jpg, webp) or audio' : 'audio or video';
  return new ReelscribeError('UNSUPPORTED_MEDIA', `the input is ${type}, not ${wanted}`);
}

function isMediaType(mime: string): boolean {
  return (
    /^(audio|video)\//.test(mime) || MEDIA_APPLICATION_TYPES.has(mime.split(';', 1)[0] ?? mime)
  );
}

/** UTF-8 without control characters, but for those that text has. No media file begins so. */
function isText(start: Uint8Array): boolean {
  try {
    // `stream` lets the sample end in the middle of a character.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return !/[^\P{Cc}\t\n\r\f]/u.test(text);
  } catch {
    return false;
  }
}

async function readStart(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(TEXT_SAMPLE_BYTES), 0);
  return buffer.subarray(0, bytesRead);
}
