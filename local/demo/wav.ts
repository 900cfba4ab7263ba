/** One-channel 16-bit audio. */
export type MonoClip = { sampleRate: number; samples: Int16Array };

const PCM_FORMAT = 1;
const BYTES_PER_SAMPLE = 2;
const HEADER_BYTES = 44;

/**
 * Reads a RIFF WAV file of 16-bit mono PCM.
 *
 * @throws Error for any other kind of file
 */
export function readWav(file: Uint8Array): MonoClip {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tag = (at: number) => Buffer.from(file.subarray(at, at + 4)).toString('latin1');
  if (file.byteLength < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') {
    throw new Error('not a WAV file');
  }
  let sampleRate: number | undefined;
  for (let at = 12; at + 8 <= file.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (tag(at) === 'fmt ') {
      const [format, channels] = [view.getUint16(body, true), view.getUint16(body + 2, true)];
      const bits = view.getUint16(body + 14, true);
      if (format !== PCM_FORMAT || channels !== 1 || bits !== 8 * BYTES_PER_SAMPLE) {
        throw new Error('not a WAV file of 16-bit mono PCM');
      }
      sampleRate = view.getUint32(body + 4, true);
    } else if (tag(at) === 'data' && sampleRate !== undefined) {
      const bytes = Math.min(size, file.byteLength - body);
      const samples = Int16Array.from(
        { length: Math.floor(bytes / BYTES_PER_SAMPLE) },
        (_, index) => view.getInt16(body + BYTES_PER_SAMPLE * index, true),
      );
      return { sampleRate, samples };
    }
    // Chunks begin at even offsets.
    at = body + size + (size % 2);
  }
  throw new Error('a WAV file without samples');
}

/** Writes a RIFF WAV file of 16-bit mono PCM. */
export function writeWav({ sampleRate, samples }: MonoClip): Buffer {
  const dataBytes = samples.length * BYTES_PER_SAMPLE;
  const file = Buffer.alloc(HEADER_BYTES + dataBytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(PCM_FORMAT, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * BYTES_PER_SAMPLE, 28);
  file.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  file.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(dataBytes, 40);
  for (const [index, sample] of samples.entries()) {
    file.writeInt16LE(sample, HEADER_BYTES + BYTES_PER_SAMPLE * index);
  }
  return file;
}

/**
 * Plays clips one after the other, with silence between.
 *
 * @throws Error where the sample rates differ
 */
export function joinClips(clips: readonly MonoClip[], pauseSeconds: number): MonoClip {
  const sampleRate = clips[0]?.sampleRate;
  if (sampleRate === undefined || clips.some((clip) => clip.sampleRate !== sampleRate)) {
    throw new Error('only clips of one sample rate can be joined');
  }
  const pause = Math.round(pauseSeconds * sampleRate);
  const length = clips.reduce((sum, { samples }) => sum + samples.length, 0);
  const samples = new Int16Array(length + pause * (clips.length - 1));
  let at = 0;
  for (const clip of clips) {
    samples.set(clip.samples, at);
    at += clip.samples.length + pause;
  }
  return { sampleRate, samples };
}
