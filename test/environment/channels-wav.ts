const HEADER_BYTES = 44;
const BYTES_PER_SAMPLE = 2;

/**
 * A WAV file, 16 bit PCM, with these samples on its channels; a shorter one ends
 * in silence. Its header says how many channels there are and not what they are
 * for, as those of telephony recorders do.
 */
export function channelsWav(channels: readonly Float32Array[], sampleRate = 16_000): Buffer {
  const frames = Math.max(...channels.map((samples) => samples.length));
  const frameBytes = channels.length * BYTES_PER_SAMPLE;
  const wav = Buffer.alloc(HEADER_BYTES + frames * frameBytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(channels.length, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(sampleRate * frameBytes, 28);
  wav.writeUInt16LE(frameBytes, 32);
  wav.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(frames * frameBytes, 40);
  for (const [channel, samples] of channels.entries()) {
    for (const [frame, sample] of samples.entries()) {
      const step = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
      wav.writeInt16LE(step, HEADER_BYTES + frame * frameBytes + channel * BYTES_PER_SAMPLE);
    }
  }
  return wav;
}
