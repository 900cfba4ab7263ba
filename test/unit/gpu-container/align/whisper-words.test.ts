import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Word } from '#contracts/transcript.ts';
import { pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import type {
  RecognizedSegment,
  RecognizedWord,
  SpeechRecognizer,
} from '../../../../gpu-container/src/transcribe/recognizer.ts';
import {
  type TranscribeInput,
  type TranscriptStep,
  transcribeSpans,
} from '../../../../gpu-container/src/transcribe/transcribe-spans.ts';
import { openWhisper } from '../../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { findMediaTools, runFfmpeg } from '../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { itWithShared, sharedPath } from '../../../environment/shared.ts';
import { readKennedy } from '../transcribe/demo-speech.ts';

const OPTIONS = { language: 'en', task: 'transcribe', temperatures: [0] } as const;
const LONG_PAUSE_SECONDS = 0.5;
const CONVERSATION_SECONDS = 57;
const MAX_MEAN_ERROR_SECONDS = 0.3;

describe('word times of whisper-tiny', () => {
  let recognizer: SpeechRecognizer;

  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('whisper-tiny');
    recognizer = await openWhisper(files, { modelId: 'whisper-tiny' });
  });

  afterAll(() => recognizer.dispose());

  describe('in a speech', () => {
    let kennedy: Float32Array;
    let plain: readonly RecognizedSegment[];
    let timed: readonly RecognizedSegment[];
    let words: readonly RecognizedWord[];

    beforeAll(async () => {
      kennedy = await readKennedy();
      const window = { samples: kennedy };
      plain = (await recognizer.recognize([window], OPTIONS))[0]!.segments;
      const options = { ...OPTIONS, wordTimestamps: true };
      timed = (await recognizer.recognize([window], options))[0]!.segments;
      words = timed.flatMap((segment) => segment.words!);
    });

    it('come only where they are asked for, and change no text', () => {
      expect(plain.every((segment) => segment.words === undefined)).toBe(true);
      expect(timed.map(({ text }) => text)).toEqual(plain.map(({ text }) => text));
    });

    it('are of words that join to the text of their segment', () => {
      for (const segment of timed) {
        expect(segment.words!.map(({ text }) => text).join('')).toBe(segment.text);
      }
      expect(words).toHaveLength(22);
    });

    it('go forward, inside the audio', () => {
      let before = 0;
      for (const { start, end, probability } of words) {
        expect(start).toBeGreaterThanOrEqual(before);
        expect(end).toBeGreaterThan(start);
        expect(probability).toBeGreaterThan(0.2);
        expect(probability).toBeLessThanOrEqual(1);
        before = end;
      }
      expect(before).toBeLessThanOrEqual(kennedy.length / 16_000);
    });

    it('lie outside the long pauses of the speaker', () => {
      const pauses = quietStretches(kennedy).filter(
        ({ start, end }) => end - start > LONG_PAUSE_SECONDS,
      );

      expect(pauses.length).toBeGreaterThanOrEqual(3);
      for (const pause of pauses) {
        for (const { text, start, end } of words) {
          const shared = Math.min(end, pause.end) - Math.max(start, pause.start);
          expect([text, shared < 0.15]).toEqual([text, true]);
        }
      }
    });

    it('tell the first from the second time that a word is said', () => {
      const [first, second, ...more] = words.filter(({ text }) => /country/i.test(text));

      // Before and after the last pause: "your country can do for you — ask what you can do".
      expect(more).toEqual([]);
      expect(first!.start).toBeGreaterThan(5.6);
      expect(first!.end).toBeLessThan(6.8);
      expect(second!.start).toBeGreaterThan(9.6);
      expect(second!.end).toBeLessThan(10.7);
    });
  });

  it('are in seconds of the recording, and the same where a run goes on from a cursor', async () => {
    const kennedy = await readKennedy();
    const seconds = kennedy.length / 16_000;
    const input: TranscribeInput = {
      pcm: pcmFromSamples(new Float32Array([...kennedy, ...kennedy])),
      spans: [
        { start: 0, end: seconds },
        { start: seconds, end: 2 * seconds },
      ],
      recognizer,
      options: { ...OPTIONS, suppressHallucinations: true, wordTimestamps: true, batchSize: 1 },
    };
    const whole = await stepsOf(input);
    const resumed = await stepsOf({ ...input, from: whole[0]!.cursor });

    expect(resumed).toEqual(whole.slice(1));
    const [first, second] = whole.map((step) => wordsOf([step]));
    expect(second).toHaveLength(first!.length);
    second!.forEach((word, index) => {
      expect(word.text).toBe(first![index]!.text);
      expect(word.start - seconds).toBeCloseTo(first![index]!.start);
    });
  });

  itWithShared('find the first and last word of each utterance of a conversation', async () => {
    const samples = await readConversation();
    const steps = await stepsOf({
      pcm: pcmFromSamples(samples),
      spans: [{ start: 0, end: CONVERSATION_SECONDS }],
      recognizer,
      options: { ...OPTIONS, suppressHallucinations: true, wordTimestamps: true },
    });
    const words = wordsOf(steps);
    const utterances = await readUtterances();
    const errors = utterances.flatMap((utterance) => {
      const spoken = words.filter((word) => nearest(utterances, word) === utterance);
      return [
        Math.abs((spoken[0]?.start ?? Number.POSITIVE_INFINITY) - utterance.start),
        Math.abs((spoken.at(-1)?.end ?? Number.POSITIVE_INFINITY) - utterance.end),
      ];
    });

    expect(utterances.length).toBeGreaterThan(6);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(mean).toBeLessThanOrEqual(MAX_MEAN_ERROR_SECONDS);
  });
});

async function stepsOf(input: TranscribeInput): Promise<TranscriptStep[]> {
  const steps: TranscriptStep[] = [];
  for await (const step of transcribeSpans(input)) {
    steps.push(step);
  }
  return steps;
}

function wordsOf(steps: readonly TranscriptStep[]): Word[] {
  return steps.flatMap(({ segments }) => segments.flatMap((segment) => segment.words!));
}

type Stretch = { start: number; end: number };

/** Runs of 50 ms steps that are less than a fifteenth as loud as the loudest. */
function quietStretches(samples: Float32Array): Stretch[] {
  const step = 800;
  const loudness = Array.from({ length: Math.floor(samples.length / step) }, (_, index) =>
    Math.hypot(...samples.subarray(index * step, (index + 1) * step)),
  );
  const quiet = loudness.map((value) => value < Math.max(...loudness) / 15);
  const edges = [false, ...quiet, false].flatMap((isQuiet, index, all) =>
    index > 0 && isQuiet !== all[index - 1] ? [((index - 1) * step) / 16_000] : [],
  );
  return edges.flatMap((start, index) =>
    index % 2 === 0 ? [{ start, end: edges[index + 1]! }] : [],
  );
}

async function readConversation(): Promise<Float32Array> {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'conversation.f32');
  const source = sharedPath('audio', 'conversation_3spk.flac');
  await runFfmpeg(await findMediaTools(), [
    ...['-i', source, '-t', String(CONVERSATION_SECONDS)],
    ...['-ac', '1', '-ar', '16000', '-f', 'f32le', path],
  ]);
  const bytes = await readFile(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Utterances that the excerpt holds whole, from `SPEAKER file channel start duration …`. */
async function readUtterances(): Promise<Stretch[]> {
  const rttm = await readFile(sharedPath('audio', 'conversation_3spk.speech.rttm'), 'utf8');
  return rttm
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(3, 5).map(Number) as [number, number])
    .map(([start, duration]) => ({ start, end: start + duration }))
    .filter(({ end }) => end < CONVERSATION_SECONDS);
}

function nearest(utterances: readonly Stretch[], word: Stretch): Stretch | undefined {
  const middle = (word.start + word.end) / 2;
  const distance = ({ start, end }: Stretch) => Math.max(start - middle, middle - end, 0);
  return utterances.toSorted((a, b) => distance(a) - distance(b))[0];
}
