import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PcmReader, pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import { detectSpeech } from '../../../../gpu-container/src/vad/detect-speech.ts';
import {
  openSpeechDetector,
  type SpeechDetector,
} from '../../../../gpu-container/src/vad/silero.ts';
import { readKennedy } from '../transcribe/demo-speech.ts';

const SAMPLE_RATE = 16_000;

describe('detectSpeech', () => {
  let detector: SpeechDetector;
  let kennedy: Float32Array;

  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('silero-vad');
    detector = await openSpeechDetector(files.file('silero_vad.onnx'));
    kennedy = await readKennedy();
  });

  afterAll(() => detector.dispose());

  it('finds speech between silences, and nothing in them', async () => {
    const silence = new Float32Array(20 * SAMPLE_RATE);
    const regions = await detectSpeech(pcmFromSamples(join(silence, kennedy, silence)), detector);

    expect(regions.length).toBeGreaterThan(0);
    expect(regions[0]!.start).toBeGreaterThan(19.5);
    expect(regions[0]!.start).toBeLessThan(21);
    expect(regions.at(-1)!.end).toBeGreaterThan(30);
    expect(regions.at(-1)!.end).toBeLessThan(31.5);
  });

  it('finds no speech in silence', async () => {
    const silence = new Float32Array(5 * SAMPLE_RATE);

    expect(await detectSpeech(pcmFromSamples(silence), detector)).toEqual([]);
  });

  it('carries its state from block to block', async () => {
    const whole = await detector.stream()(kennedy);
    const stream = detector.stream();
    const inBlocks = join(
      await stream(kennedy.subarray(0, 40 * 512)),
      await stream(kennedy.subarray(40 * 512)),
    );

    // How a matrix product is rounded may depend on how many rows it has.
    const differences = inBlocks.map((value, index) => Math.abs(value - whole[index]!));
    expect(inBlocks).toHaveLength(whole.length);
    expect(Math.max(...differences)).toBeLessThan(1e-5);
  });

  it('judges streams independently of one another', async () => {
    const block = kennedy.subarray(0, 30 * 512);
    const alone = await detector.stream()(block);
    const disturbed = detector.stream();
    await detector.stream()(kennedy);

    expect(await disturbed(block)).toEqual(alone);
  });

  it('reports the seconds judged, up to the whole recording', async () => {
    const reports: number[] = [];
    const pcm = pcmFromSamples(new Float32Array(40 * SAMPLE_RATE));
    await detectSpeech(pcm, detector, {}, { onProgress: (seconds) => reports.push(seconds) });

    expect(reports.length).toBeGreaterThan(1);
    expect(reports.at(-1)).toBe(40);
    expect(reports).toEqual(reports.toSorted((a, b) => a - b));
  });

  it('reads a long recording in pieces of the same size, in order', async () => {
    const reads: [start: number, count: number][] = [];
    const pcm = silentRecording(100, (start, count) => reads.push([start, count]));
    await detectSpeech(pcm, detector);

    expect(reads.length).toBeGreaterThan(2);
    expect(new Set(reads.slice(0, -1).map(([, count]) => count)).size).toBe(1);
    expect(reads.map(([start]) => start)).toEqual(
      reads.map((_, index) => reads.slice(0, index).reduce((sum, [, count]) => sum + count, 0)),
    );
    expect(Math.max(...reads.map(([, count]) => count))).toBeLessThan(40 * SAMPLE_RATE);
  });

  it('stops between two pieces when it is told to, with the reason given', async () => {
    const reason = new Error('no longer wanted');
    const stop = new AbortController();
    let reads = 0;
    const pcm = silentRecording(200, () => reads++);
    const detection = detectSpeech(
      pcm,
      detector,
      {},
      { signal: stop.signal, onProgress: () => stop.abort(reason) },
    );

    await expect(detection).rejects.toBe(reason);
    expect(reads).toBe(1);
  });
});

function silentRecording(
  seconds: number,
  onRead: (startSample: number, sampleCount: number) => void,
): PcmReader {
  return {
    sampleRate: SAMPLE_RATE,
    sampleCount: seconds * SAMPLE_RATE,
    async read(startSample, sampleCount) {
      onRead(startSample, sampleCount);
      return new Float32Array(sampleCount);
    },
  };
}

function join(...parts: Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
