import { readFile } from 'node:fs/promises';
import { Tensor } from 'onnxruntime-node';
import { ReelscribeError } from '#contracts/errors.ts';
import { SAMPLE_RATE } from '../../decode/pcm.ts';
import { openSession, type SessionOptions } from '../../onnx/session.ts';
import { compressionRatio } from '../compression-ratio.ts';
import type { RecognizeOptions, SpeechRecognizer, WindowResult } from '../recognizer.ts';
import { startDecoder } from './decoder.ts';
import { type Hypothesis, searchGreedily } from './greedy-search.ts';
import { listenInStretches, type Stretch } from './stretches.ts';
import { type DecodeTokens, pieceVocabulary } from './vocabulary.ts';

/** Where the files of a model are, by their names in the model catalog. */
export type MoonshineFiles = { file(name: string): string };

export type MoonshineOptions = SessionOptions & { modelId: string };

const LANGUAGE = 'en';
/** The longest audio it was trained on. */
const WINDOW_SAMPLES = 30 * SAMPLE_RATE;
/** The encoder's convolutions make nothing of less than 895 samples. */
const MIN_SAMPLES = 0.1 * SAMPLE_RATE;
/** Nobody speaks faster; what is written beyond is made up (Moonshine's own limit). */
const MAX_TOKENS_PER_SECOND = 6.5;

/**
 * Loads a Moonshine model (Jeffries et al., 2024, https://arxiv.org/abs/2410.15608):
 * an encoder of the waveform itself and a merged decoder. It hears English only
 * and writes text alone: a window is one segment, no word has a time, and nobody
 * is asked for silence, which it answers with no text.
 *
 * Windows go through one by one: the encoder normalises over the whole length and
 * masks nothing, so that a shorter window padded to its neighbour's length would
 * be another window. It computes in proportion to the length, so that short
 * windows cost little.
 *
 * Only the most probable text is written: of `temperatures`, what is above 0 is
 * left out. A repetition is instead heard again in shorter stretches.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export async function openMoonshine(
  files: MoonshineFiles,
  { modelId, ...sessionOptions }: MoonshineOptions,
): Promise<SpeechRecognizer> {
  const textOf = pieceVocabulary(await readFile(files.file('vocabulary.base64'), 'utf8'));
  const encoder = await openSession(files.file('encoder.onnx'), sessionOptions);
  const decoder = await openSession(files.file('decoder.onnx'), sessionOptions);
  const startDecoding = startDecoder(decoder);

  const listen = async (
    samples: Float32Array,
    { maxNewTokens = Number.POSITIVE_INFINITY, signal }: RecognizeOptions,
  ): Promise<Hypothesis> => {
    const { last_hidden_state } = await encoder.run({ input_values: waveform(samples) }, [
      'last_hidden_state',
    ]);
    const limit = Math.ceil((samples.length / SAMPLE_RATE) * MAX_TOKENS_PER_SECOND);
    return searchGreedily(startDecoding(last_hidden_state), Math.min(maxNewTokens, limit), signal);
  };

  return {
    modelId,
    languages: [LANGUAGE],
    timesWords: false,
    windowSamples: WINDOW_SAMPLES,
    batchSize: 1,
    async recognize(windows, options) {
      const results: WindowResult[] = [];
      for (const { samples, language = options.language } of windows) {
        refuseUnknown({ ...options, language }, modelId);
        const stretches = await listenInStretches(samples, (part) => listen(part, options));
        results.push(windowResult(samples, stretches, textOf));
      }
      return results;
    },
    languageProbabilities: async (windows) => windows.map(() => Float32Array.of(1)),
    async dispose() {
      await encoder.dispose();
      await decoder.dispose();
    },
  };
}

/** [1, samples], silence added to what is too short for the encoder. */
function waveform(samples: Float32Array): Tensor {
  const length = Math.max(samples.length, MIN_SAMPLES);
  const padded = new Float32Array(length);
  padded.set(samples);
  return new Tensor('float32', padded, [1, length]);
}

function refuseUnknown(
  { language, task, initialPrompt, hotwords, beamSize = 1, wordTimestamps }: RecognizeOptions,
  modelId: string,
): void {
  const unknown = [
    language !== LANGUAGE && `the language ${language}`,
    task === 'translate' && 'translation',
    (initialPrompt !== undefined || hotwords !== undefined) && 'prompts',
    beamSize > 1 && 'beam search',
    wordTimestamps && 'word times',
  ].find((asked) => asked);
  if (unknown) {
    throw new ReelscribeError('NOT_AVAILABLE', `${modelId} does not know ${unknown}`);
  }
}

function windowResult(
  samples: Float32Array,
  stretches: readonly Stretch<Hypothesis>[],
  textOf: DecodeTokens,
): WindowResult {
  const segments = stretches
    .map(({ start, end, heard }) => ({
      start: start / SAMPLE_RATE,
      end: end / SAMPLE_RATE,
      // A line break in a text would end a subtitle's cue or a table's row.
      text: textOf(heard.tokens).replace(/\s+/g, ' ').trim(),
    }))
    .filter(({ text }) => text !== '');
  const tokens = stretches.flatMap(({ heard }) => heard.tokens);
  const logprob = stretches.reduce((sum, { heard }) => sum + heard.logprob, 0);
  const steps = stretches.reduce((sum, { heard }) => sum + heard.steps, 0);
  return {
    segments,
    tokens,
    settledTokens: tokens,
    settledSamples: samples.length,
    avgLogprob: logprob / steps,
    // It has no token for this; silence gets no text instead.
    noSpeechProb: 0,
    compressionRatio: compressionRatio(segments.map(({ text }) => text).join(' ')),
    temperature: 0,
  };
}
