import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
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

    expect(inBlocks).toEqual(whole);
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
});

function join(...parts: Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
