import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { hasShared } from '../environment/shared-path.ts';
import type { Decodings } from './decode-references.ts';
import {
  isReferenceProcessor,
  LONG_RUNS,
  type LongRecording,
  MODES,
  readLongRecording,
  readReferenceWindows,
  referenceRelease,
} from './whisper-references.ts';

const LOGPROB_TOLERANCE = 1e-3;
// Node's zlib finds fewer of the shortest matches than the reference one.
const COMPRESSION_TOLERANCE = 0.1;

const canBeExact = hasShared && isReferenceProcessor();

// A process can hold one onnxruntime, and this one holds the release that the
// product ships with: the one of the reference runs in a process of its own.
(canBeExact ? describe : describe.skip)('Whisper decoding, on the release of the reference', () => {
  const references = readReferenceWindows();
  let decodings: Decodings;
  let recording: LongRecording;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '--import',
        new URL('./reference-runtime.js', import.meta.url).href,
        new URL('./decode-references.ts', import.meta.url).pathname,
      ],
      { maxBuffer: 64 * 2 ** 20 },
    );
    decodings = JSON.parse(stdout);
    recording = await readLongRecording();
  }, 300_000);

  it('runs on that release', () => {
    expect(decodings.onnxruntime).toBe(referenceRelease(references.runtime));
  });

  for (const clip of references.clips) {
    it.each(MODES)(`writes the reference tokens of ${clip.name}: %s`, (mode) => {
      const reference = clip[mode];
      const decoding = decodings.windows[clip.name]![mode];

      expect(decoding.tokens).toEqual(reference.tokens);
      expect(decoding.text).toBe(reference.text);
      const differences = [
        decoding.avgLogprob - reference.avg_logprob,
        decoding.noSpeechProb - reference.no_speech_prob,
      ];
      expect(Math.max(...differences.map(Math.abs))).toBeLessThan(LOGPROB_TOLERANCE);
      const ratio = decoding.compressionRatio / reference.compression_ratio;
      expect(Math.abs(ratio - 1)).toBeLessThan(COMPRESSION_TOLERANCE);
      if (reference.segments) {
        expect(decoding.segments!.map(centiseconds)).toEqual(reference.segments.map(centiseconds));
        expect(decoding.settledFrames).toBe(reference.advance_frames);
      }
    });
  }

  it.each(LONG_RUNS)('writes the reference tokens of a long recording: %s', (run) => {
    const reference = recording.runs[run];
    const decoding = decodings.long[run];

    expect(decoding.windows).toEqual(reference.windows.map(({ tokens }) => tokens));
    expect(decoding.segments.map(centiseconds)).toEqual(reference.segments.map(centiseconds));
    expect(decoding.segments.map(({ text }) => text)).toEqual(
      reference.segments.map(({ text }) => text.trim()),
    );
  });
});

function centiseconds({ start, end }: { start: number; end: number }): [number, number] {
  return [Math.round(start * 100), Math.round(end * 100)];
}
