import { open, rm } from 'node:fs/promises';
import { type PcmReader, SAMPLE_RATE } from './pcm.ts';

const BYTES_PER_SAMPLE = Float32Array.BYTES_PER_ELEMENT;

/** Samples on disk. Disposing of it deletes the file. */
export type PcmFile = PcmReader & AsyncDisposable;

/** Opens a file of raw little-endian 32-bit float samples, mono at 16 kHz. */
export async function openPcmFile(path: string): Promise<PcmFile> {
  const file = await open(path);
  const { size } = await file.stat();
  // A decoder that was stopped may leave a piece of a sample behind.
  const sampleCount = Math.floor(size / BYTES_PER_SAMPLE);
  return {
    sampleRate: SAMPLE_RATE,
    sampleCount,
    async read(startSample, requestedSamples) {
      const count = Math.max(0, Math.min(requestedSamples, sampleCount - startSample));
      const samples = new Float32Array(count);
      const bytes = new Uint8Array(samples.buffer);
      let done = 0;
      while (done < bytes.length) {
        const position = startSample * BYTES_PER_SAMPLE + done;
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, position);
        if (bytesRead === 0) {
          throw new Error('the decoded audio became shorter while it was read');
        }
        done += bytesRead;
      }
      return samples;
    },
    [Symbol.asyncDispose]: async () => {
      await file.close();
      await rm(path, { force: true });
    },
  };
}
