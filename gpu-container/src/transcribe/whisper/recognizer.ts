import { readFile } from 'node:fs/promises';
import { onDemand } from '../../onnx/on-demand.ts';
import type { SessionOptions } from '../../onnx/session.ts';
import { type LogMel, logMel, WINDOW_SAMPLES } from '../mel/log-mel.ts';
import type { RecognizeOptions, SpeechRecognizer, WindowResult } from '../recognizer.ts';
import { type TextTokenizer, textTokenizer } from '../tokenizer.ts';
import { concatenateRows } from './batch-rows.ts';
import { batchSizeFor } from './batch-size.ts';
import { type EncoderStates, windowEncoder } from './encoder.ts';
import { openTextPass } from './in-graph/text-pass.ts';
import { buildTextPass } from './in-graph/text-pass-graph.ts';
import {
  type AlignmentHead,
  alignmentHeads,
  type WhisperDimensions,
  type WhisperVocabulary,
  whisperDimensions,
  whisperVocabulary,
} from './model-config.ts';
import type { Prompt } from './prompt.ts';
import {
  decodeAsAsked,
  decodingBatches,
  languageCodes,
  type PromptedWindow,
  promptOf,
  readHypothesis,
  withWordTimes,
} from './prompted-windows.ts';
import { type DecoderGraph, openEncoder, readDecoder } from './sessions.ts';
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
  const heads = tellsWhereItListens(graph) ? whisper.alignmentHeads : [];
  const { path } = graph;
  const textPass = onDemand(async () => {
    const { model } = await readDecoder(path, sessionOptions);
    const pass = { path, model: buildTextPass(model, { endOfText: vocabulary.endOfText, heads }) };
    return openTextPass(pass, heads, whisper, sessionOptions);
  });

  // Logits of every position of the prompts come out.
  const maxRows = ({ tokens }: Prompt) =>
    Math.floor(
      MAX_PROMPT_LOGITS_BYTES /
        (tokens.length * dimensions.vocabularySize * Float32Array.BYTES_PER_ELEMENT),
    );

  const decodeAt = async (
    windows: readonly EncodedWindow[],
    temperature: number,
    options: RecognizeOptions,
  ): Promise<WindowResult[]> => {
    const results = new Map<EncodedWindow, WindowResult>();
    for (const batch of decodingBatches(windows, maxRows)) {
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
    languages: languageCodes(whisper),
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
      const results = await decodeAsAsked(encoded, options, (open, temperature) =>
        decodeAt(open, temperature, options),
      );
      if (!options.wordTimestamps) {
        return results;
      }
      return withWordTimes(
        results,
        windows,
        options,
        (rows) => concatenateRows(rows.map((row) => encoded[row]!.states)),
        await textPass.open(),
        whisper,
      );
    },
    async languageProbabilities(windows) {
      if (vocabulary.languages.size === 0) {
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

/** A window and what the decoder hears of it. */
type EncodedWindow = PromptedWindow & { readonly states: EncoderStates };
