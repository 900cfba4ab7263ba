import { readFile } from 'node:fs/promises';
import { timeWindowWords } from '../../align/window-words.ts';
import { openSession, type SessionOptions } from '../../onnx/session.ts';
import { compressionRatio } from '../compression-ratio.ts';
import { logMel, WINDOW_SAMPLES } from '../mel/log-mel.ts';
import type {
  AudioWindow,
  RecognizeOptions,
  SpeechRecognizer,
  WindowResult,
} from '../recognizer.ts';
import { type TextTokenizer, textTokenizer } from '../tokenizer.ts';
import { startDecoder } from './decoder.ts';
import { type EncoderStates, windowEncoder } from './encoder.ts';
import { languageProbabilities, likeliestLanguage } from './language.ts';
import { logitFilters } from './logit-filters.ts';
import {
  type AlignmentHead,
  alignmentHeads,
  type WhisperDimensions,
  type WhisperVocabulary,
  whisperDimensions,
  whisperVocabulary,
} from './model-config.ts';
import { buildPrompt } from './prompt.ts';
import { avgLogprob, type Hypothesis, searchTokens } from './search.ts';
import { windowResult } from './segments.ts';
import { decodeWithFallback } from './temperature-fallback.ts';
import { chooseMostProbable, drawTokens } from './token-choice.ts';

/** Where the files of a model are, by their names in the model catalog. */
export type WhisperFiles = { file(name: string): string };

export type WhisperOptions = SessionOptions & { modelId: string };

/** The parts of a Whisper model that say how its tokens and shapes are to be read. */
export type WhisperDescription = {
  tokenizer: TextTokenizer;
  dimensions: WhisperDimensions;
  vocabulary: WhisperVocabulary;
  /** None in models that cannot time words. */
  alignmentHeads: readonly AlignmentHead[];
};

/** Reads tokenizer.json, config.json and generation_config.json. */
export async function describeWhisper(files: WhisperFiles): Promise<WhisperDescription> {
  const readJson = async (name: string) => JSON.parse(await readFile(files.file(name), 'utf8'));
  const tokenizer = textTokenizer(await readJson('tokenizer.json'));
  const generationConfig = await readJson('generation_config.json');
  return {
    tokenizer,
    dimensions: whisperDimensions(await readJson('config.json')),
    vocabulary: whisperVocabulary(generationConfig, tokenizer),
    alignmentHeads: alignmentHeads(generationConfig),
  };
}

/**
 * Loads a Whisper model (Radford et al., 2022) from an ONNX encoder and a merged
 * decoder, searched step by step from here, one window after the other.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export async function openWhisper(
  files: WhisperFiles,
  { modelId, ...sessionOptions }: WhisperOptions,
): Promise<SpeechRecognizer> {
  const whisper = await describeWhisper(files);
  const { tokenizer, dimensions, vocabulary } = whisper;
  const encoder = await openSession(files.file('encoder.onnx'), sessionOptions);
  const decoder = await openSession(files.file('decoder.onnx'), sessionOptions);
  const encode = windowEncoder(encoder, logMel(dimensions.melBins), dimensions);
  const startRun = startDecoder(decoder, dimensions);
  const codes = [...vocabulary.languages.keys()];
  const timesWords =
    whisper.alignmentHeads.length > 0 && decoder.outputNames.includes('cross_attentions.0');

  const decodeAt = async (
    states: EncoderStates,
    temperature: number,
    { language, task, timestamps = true, initialPrompt, maxNewTokens, signal }: RecognizeOptions,
  ): Promise<Hypothesis> => {
    const prompt = buildPrompt(
      { language, task, timestamps, initialPrompt },
      vocabulary,
      tokenizer,
      dimensions,
    );
    return searchTokens(
      startRun(states),
      {
        prompt,
        filter: logitFilters(vocabulary, timestamps),
        choose: temperature === 0 ? chooseMostProbable : drawTokens(temperature),
        maxNewTokens: Math.min(
          maxNewTokens ?? dimensions.decoderPositions / 2,
          dimensions.decoderPositions - prompt.tokens.length,
        ),
        signal,
      },
      vocabulary,
    );
  };

  const recognizeWindow = async (
    window: AudioWindow,
    options: RecognizeOptions,
  ): Promise<WindowResult> => {
    const states = await encode(window);
    const result = await decodeWithFallback(options.temperatures ?? [0], async (temperature) => {
      const hypothesis = await decodeAt(states, temperature, options);
      const read = windowResult(hypothesis.tokens, window.samples.length, vocabulary, tokenizer);
      return {
        segments: read.segments,
        settledSamples: read.settledSamples,
        tokens: hypothesis.tokens,
        avgLogprob: avgLogprob(hypothesis),
        noSpeechProb: hypothesis.noSpeechProb,
        compressionRatio: compressionRatio(read.text),
        temperature,
      };
    });
    if (!options.wordTimestamps) {
      return result;
    }
    const segments = await timeWindowWords(
      startRun(states),
      result,
      window.samples,
      options,
      whisper,
    );
    return { ...result, segments };
  };

  return {
    modelId,
    languages: codes.length > 0 ? codes : ['en'],
    timesWords,
    windowSamples: WINDOW_SAMPLES,
    async recognize(windows, options) {
      const results: WindowResult[] = [];
      for (const window of windows) {
        results.push(await recognizeWindow(window, options));
      }
      return results;
    },
    async detectLanguage(windows) {
      if (codes.length === 0) {
        return { code: 'en', probability: 1 };
      }
      const probabilities: Float32Array[] = [];
      for (const window of windows) {
        probabilities.push(await languageProbabilities(startRun(await encode(window)), vocabulary));
      }
      return likeliestLanguage(codes, probabilities);
    },
    async dispose() {
      await encoder.dispose();
      await decoder.dispose();
    },
  };
}
