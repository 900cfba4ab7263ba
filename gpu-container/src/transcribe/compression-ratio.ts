import { deflateSync } from 'node:zlib';

/**
 * Bytes of a text by bytes of it compressed with zlib; 0 for no text. Node's zlib
 * finds fewer very short matches than the reference one, so that a short text
 * may come out some per cent lower than in openai/whisper.
 */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text.trim());
  return bytes.length / deflateSync(bytes).length;
}
