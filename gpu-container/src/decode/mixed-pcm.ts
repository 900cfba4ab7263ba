import { type PcmReader, SAMPLE_RATE } from './pcm.ts';

/** The mean of several channels, mixed as it is read. One that ends early is silent from there on. */
export function mixedPcm(channels: readonly PcmReader[]): PcmReader {
  return {
    sampleRate: SAMPLE_RATE,
    sampleCount: Math.max(0, ...channels.map((channel) => channel.sampleCount)),
    async read(startSample, sampleCount) {
      const parts = await Promise.all(
        channels.map((channel) => channel.read(startSample, sampleCount)),
      );
      const mix = new Float32Array(Math.max(0, ...parts.map(({ length }) => length)));
      for (const part of parts) {
        for (let at = 0; at < part.length; at += 1) {
          mix[at]! += part[at]! / channels.length;
        }
      }
      return mix;
    },
  };
}
