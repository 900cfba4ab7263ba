import { readFile, writeFile } from 'node:fs/promises';
import { SAMPLE_RATE } from '../../gpu-container/src/decode/pcm.ts';
import type { ModelFiles } from '../../gpu-container/src/models/store.ts';
import { WINDOW_SAMPLES } from '../../gpu-container/src/transcribe/mel/log-mel.ts';
import { readWav } from '../../local/demo/wav.ts';

/** Recordings that the model store has, of 3 to 11 s. */
const CLIPS = [
  'jfk.wav',
  ...['0870', '0880', '0890', '0920', '0930'].map((clip) => `sense-and-sensibility-${clip}.wav`),
];

/** The model store's entry of them. */
export const SPEECH_ID = 'demo-speech';

/**
 * Puts recordings of speech one after the other into a file, as 32-bit floats at
 * 16 kHz; gives the samples of each.
 */
export async function writeSpeech(
  clips: Pick<ModelFiles, 'file'>,
  path: string,
): Promise<number[]> {
  const spoken: Float32Array[] = [];
  for (const name of CLIPS) {
    const { sampleRate, samples } = readWav(await readFile(clips.file(name)));
    if (sampleRate !== SAMPLE_RATE) {
      throw new RangeError(`${name} is not at ${SAMPLE_RATE} Hz`);
    }
    spoken.push(Float32Array.from(samples, (sample) => sample / 2 ** 15));
  }
  const bytes = spoken.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  await writeFile(path, Buffer.concat(bytes));
  return spoken.map(({ length }) => length);
}

/** The samples of a file of 32-bit floats. */
export async function readSamples(path: string): Promise<Float32Array<ArrayBuffer>> {
  const bytes = await readFile(path);
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** The samples of recordings that follow one another, apart. */
export function apart(samples: Float32Array, lengths: readonly number[]): Float32Array[] {
  let end = 0;
  return lengths.map((length) => {
    end += length;
    return samples.slice(end - length, end);
  });
}

/** Windows of 30 s of speech, each begun elsewhere in it, which is heard again and again. */
export function speechWindows(samples: Float32Array, count: number): Float32Array[] {
  return Array.from({ length: count }, (_, window) => {
    const start = Math.floor((window * samples.length) / count);
    return Float32Array.from(
      { length: WINDOW_SAMPLES },
      (_, index) => samples[(start + index) % samples.length]!,
    );
  });
}
