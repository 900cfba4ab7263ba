import { readFile } from 'node:fs/promises';
import { timeWords } from '../../align/window-words.ts';
import { onDemand } from '../../onnx/on-demand.ts';
import type { SessionOptions } from '../../onnx/session.ts';
import { compressionRatio } from '../compression-ratio.ts';
import { type LogMel, logMel, WINDOW_SAMPLES } from '../mel/log-mel.ts';
import type {
  AudioWindow,
  RecognizeOptions,
  SpeechRecognizer,
  WindowResult,
} from '../recognizer.ts';
import { likeliestLanguage } from '../spoken-language.ts';
import { type TextTokenizer, textTokenizer } from '../tokenizer.ts';
import { concatenateRows } from './batch-rows.ts';
import { batchSizeFor } from './batch-size.ts';
import { type EncoderStates, windowEncoder } from './encoder.ts';
import { openTextPass } from './in-graph/text-pass.ts';
import {
  type AlignmentHead,
  alignmentHeads,
  type WhisperDimensions,
  type WhisperVocabulary,
  whisperDimensions,
  whisperVocabulary,
} from './model-config.ts';
import { buildPrompt, type Prompt } from './prompt.ts';
import { avgLogprob, type Hypothesis } from './search.ts';
import { windowResult } from './segments.ts';
import { type DecoderGraph, openEncoder, readDecoder } from './sessions.ts';
import { decodeWithFallback } from './temperature-fallback.ts';
import { openTextSearch } from './text-search.ts';

/** Where the files of a model are, by their names in the model catalog. */
export type WhisperFiles = { file(name: string): string };

export type WhisperOptions = SessionOptions & {
  modelId: string;
  /** Memory that a batch may be sized by. Default: what the process may still take. */
  freeBytes?: number;
  /** What turns samples into features [melBins, 3000]. Default: log-mel spectrograms. */
  extract?: LogMel;
};

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

/** Logits of a prompt pass, for the whole vocabulary, may take this much. */
const MAX_PROMPT_LOGITS_BYTES = 64 * 2 ** 20;

const ANY_LENGTH = { from: 0, to: WINDOW_SAMPLES };

/** Windows up to this write few tokens next to full ones. */
const SHORT_WINDOW_SAMPLES = WINDOW_SAMPLES / 3;

/**
 * Loads a Whisper model (Radford et al., 2022) from an ONNX encoder and a merged
 * decoder, over batches of windows.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export async function openWhisper(
  files: WhisperFiles,
  { modelId, freeBytes = process.availableMemory(), extract, ...sessionOptions }: WhisperOptions,
): Promise<SpeechRecognizer> {
  const whisper = await describeWhisper(files);
  const { dimensions, vocabulary } = whisper;
  const encoder = await openEncoder(files.file('encoder.onnx'), dimensions, sessionOptions);
  const graph = await readDecoder(files.file('decoder.onnx'), sessionOptions);
  const encode = windowEncoder(encoder, extract ?? logMel(dimensions.melBins), dimensions);
  const texts = await openTextSearch(graph, whisper, sessionOptions);
  const codes = [...vocabulary.languages.keys()];
  const heads = tellsWhereItListens(graph) ? whisper.alignmentHeads : [];
  const { path } = graph;
  const textPass = onDemand(async () =>
    openTextPass(await readDecoder(path, sessionOptions), heads, whisper, sessionOptions),
  );

  const decodeAt = async (
    windows: readonly EncodedWindow[],
    temperature: number,
    options: RecognizeOptions,
  ): Promise<WindowResult[]> => {
    const results = new Map<EncodedWindow, WindowResult>();
    for (const batch of decodingBatches(windows, dimensions)) {
      const states = concatenateRows(batch.map((window) => window.states));
      const prompts = batch.map(({ prompt }) => prompt);
      const hypotheses = await texts.search({ states, prompts }, temperature, options);
      for (const [row, window] of batch.entries()) {
        results.set(window, readHypothesis(hypotheses[row]!, window, temperature, whisper));
      }
    }
    return windows.map((window) => results.get(window)!);
  };

  return {
    modelId,
    languages: codes.length > 0 ? codes : ['en'],
    timesWords: heads.length > 0,
    windowSamples: WINDOW_SAMPLES,
    batchSize: batchSizeFor(dimensions, freeBytes),
    async recognize(windows, options) {
      const encoded: EncodedWindow[] = [];
      for (const window of windows) {
        options.signal?.throwIfAborted();
        encoded.push({
          ...window,
          states: await encode(window),
          prompt: promptOf(window, options, whisper),
        });
      }
      const { temperatures = [0], fallbackSamples: { from, to } = ANY_LENGTH } = options;
      const results = await decodeWithFallback(
        temperatures,
        encoded,
        (temperature, open) => decodeAt(open, temperature, options),
        ({ samples }) => samples.length >= from && samples.length <= to,
      );
      if (!options.wordTimestamps) {
        return results;
      }
      const timed = await timeWords(
        results.map((result, row) => ({
          result,
          window: windows[row]!,
          language: windows[row]!.language ?? options.language,
        })),
        (rows) => concatenateRows(rows.map((row) => encoded[row]!.states)),
        options.task,
        await textPass.open(),
        whisper,
      );
      return results.map((result, row) => ({ ...result, segments: timed[row]! }));
    },
    async languageProbabilities(windows) {
      if (codes.length === 0) {
        return windows.map(() => Float32Array.of(1));
      }
      const states: EncoderStates[] = [];
      for (const window of windows) {
        states.push(await encode(window));
      }
      return texts.languageProbs(concatenateRows(states));
    },
    async dispose() {
      await encoder.dispose();
      await texts.dispose();
      await textPass.dispose();
    },
  };
}

function tellsWhereItListens({ model }: DecoderGraph): boolean {
  return model.graph.outputs.some(({ name }) => name === 'cross_attentions.0');
}

/** A window, what the decoder hears of it, and what its text starts from. */
type EncodedWindow = AudioWindow & { readonly states: EncoderStates; readonly prompt: Prompt };

function promptOf(
  { language, previousTokens }: AudioWindow,
  options: RecognizeOptions,
  { vocabulary, tokenizer, dimensions }: WhisperDescription,
): Prompt {
  const { task, timestamps = true, initialPrompt, hotwords } = options;
  return buildPrompt(
    {
      language: language ?? options.language,
      task,
      timestamps,
      initialPrompt,
      hotwords,
      previousTokens,
    },
    vocabulary,
    tokenizer,
    dimensions,
  );
}

/**
 * The cache has no place for padding: only prompts of one length share a batch.
 * Short windows go apart: their texts would wait for those of the long ones.
 */
function decodingBatches(
  windows: readonly EncodedWindow[],
  { vocabularySize }: WhisperDimensions,
): EncodedWindow[][] {
  const byKind = Map.groupBy(
    windows,
    ({ prompt, samples }) => `${prompt.tokens.length} ${samples.length <= SHORT_WINDOW_SAMPLES}`,
  );
  return [...byKind.values()].flatMap((group) => {
    const bytesPerRow =
      group[0]!.prompt.tokens.length * vocabularySize * Float32Array.BYTES_PER_ELEMENT;
    const rows = Math.max(1, Math.floor(MAX_PROMPT_LOGITS_BYTES / bytesPerRow));
    return Array.from({ length: Math.ceil(group.length / rows) }, (_, batch) =>
      group.slice(batch * rows, (batch + 1) * rows),
    );
  });
}

function readHypothesis(
  hypothesis: Hypothesis,
  window: AudioWindow,
  temperature: number,
  { vocabulary, tokenizer }: WhisperDescription,
): WindowResult {
  const { tokens, noSpeechProb, languageProbs } = hypothesis;
  const read = windowResult(tokens, window, vocabulary, tokenizer);
  const codes = [...vocabulary.languages.keys()];
  return {
    segments: read.segments,
    settledSamples: read.settledSamples,
    writtenSamples: read.writtenSamples,
    tokens,
    settledTokens: read.settledTokens,
    avgLogprob: avgLogprob(hypothesis),
    noSpeechProb,
    compressionRatio: compressionRatio(read.text),
    temperature,
    ...(codes.length > 0 && { language: likeliestLanguage(codes, [languageProbs]) }),
  };
}
