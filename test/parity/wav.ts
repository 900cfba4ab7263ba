import { readFile } from 'node:fs/promises';

/** Samples of a mono WAV file, 32-bit float or 16-bit integer. */
export async function readWav(path: string): Promise<Float32Array> {
  const file = await readFile(path);
  let bytesPerSample = 0;
  for (let at = 12; at < file.length; ) {
    const id = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, at + 8 + size);
    if (id === 'fmt ') {
      bytesPerSample = body.readUInt16LE(14) / 8;
    } else if (id === 'data') {
      return bytesPerSample === 4
        ? new Float32Array(new Uint8Array(body).buffer)
        : Float32Array.from(
            new Int16Array(new Uint8Array(body).buffer),
            (sample) => sample / 32_768,
          );
    }
    at += 8 + size + (size % 2);
  }
  throw new Error(`${path} has no data chunk`);
}
