import { WEIGHTS_FILE } from '../../models/prepare/prepare-whisper.ts';
import { onDemand } from '../../onnx/on-demand.ts';
import { WINDOW_SAMPLES } from '../mel/log-mel.ts';
import type {
  AudioWindow,
  RecognizeOptions,
  SpeechRecognizer,
  WindowResult,
} from '../recognizer.ts';
import { concatenateRows, selectRows } from './batch-rows.ts';
import { batchSizeFor, deviceBatchSizeFor } from './batch-size.ts';
import type { EncoderStates } from './encoder.ts';
import { type Heard, openSpeechModel } from './in-graph/speech-model.ts';
import { openTextPass } from './in-graph/text-pass.ts';
import { buildPublishedTextPass } from './in-graph/text-pass-graph.ts';
import { buildMergedDecoder } from './network/merged-decoder.ts';
import { NETWORK_TYPES } from './network/network.ts';
import { readPublishedWeights } from './network/published-weights.ts';
import {
  decodeAsAsked,
  decodingBatches,
  languageCodes,
  type PromptedWindow,
  promptOf,
  readHypothesis,
  withWordTimes,
} from './prompted-windows.ts';
import { describeWhisper, type WhisperFiles, type WhisperOptions } from './recognizer.ts';
import type { Hypothesis } from './search.ts';
import { BEST_OF, mostProbable, newTokensFor, openTextSearch } from './text-search.ts';

/** A window, and what was heard in it once that came back from the device. */
type HeardWindow = PromptedWindow & { states?: EncoderStates };

/**
 * Loads a Whisper model (Radford et al., 2022) from published weights, as graphs
 * written for a GPU: a batch of windows is one run from samples to tokens. The
 * searches with beams go on step by step outside the graph.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 * @throws RangeError where a weight is missing
 */
export async function openPublishedWhisper(
  files: WhisperFiles,
  { modelId, freeBytes = process.availableMemory(), ...options }: Omit<WhisperOptions, 'extract'>,
): Promise<SpeechRecognizer> {
  const whisper = await describeWhisper(files);
  const { dimensions, vocabulary, alignmentHeads: heads } = whisper;
  const model = await openSpeechModel(files, whisper, options);
  const isOnGpu = options.device === 'cuda';
  const elementType = NETWORK_TYPES[isOnGpu ? 'fp16' : 'fp32'];
  const path = files.file(WEIGHTS_FILE);
  const textPass = onDemand(async () => {
    const published = await readPublishedWeights(files);
    const rules = { endOfText: vocabulary.endOfText, heads };
    const pass = buildPublishedTextPass(published, dimensions, elementType, rules);
    return openTextPass({ path, model: pass }, heads, whisper, options);
  });
  const readDecoder = async () => {
    const published = await readPublishedWeights(files);
    return { path, model: buildMergedDecoder(published, dimensions, elementType) };
  };
  const beams = onDemand(async () =>
    openTextSearch(await readDecoder(), whisper, {
      ...options,
      loop: false,
      readAgain: readDecoder,
    }),
  );
  const batchSize = (isOnGpu ? deviceBatchSizeFor : batchSizeFor)(dimensions, freeBytes);

  /** Of windows of which all, or none, were heard before. */
  const search = async (
    batch: readonly HeardWindow[],
    temperature: number,
    options: RecognizeOptions,
  ): Promise<Hypothesis[]> => {
    const { timestamps = true, stopAtLoops = false, beamSize = 1, signal } = options;
    signal?.throwIfAborted();
    const prompts = batch.map(({ prompt }) => prompt);
    if (temperature === 0 && beamSize > 1) {
      if (!batch.every(wasHeard)) {
        await hear(batch);
      }
      const states = concatenateRows(batch.map((window) => window.states!));
      return (await beams.open()).search({ states, prompts }, temperature, options);
    }
    const textsPerWindow = temperature > 0 ? BEST_OF : 1;
    const keepStates = options.wordTimestamps === true && !batch.every(wasHeard);
    const { texts, states } = await model.run({
      ...heardOf(batch),
      prompts,
      timestamps,
      maxNewTokens: newTokensFor(prompts, options, dimensions),
      temperature,
      textsPerWindow,
      stopAtLoops,
      keepStates,
    });
    keep(batch, states);
    return texts.map(mostProbable);
  };

  /** The states and start scores of windows, which take a run that writes nothing. */
  const hear = async (batch: readonly HeardWindow[]): Promise<Hypothesis[]> => {
    const prompts = batch.map(() => ({ tokens: [vocabulary.startOfTranscript], startIndex: 0 }));
    const { texts, states } = await model.run({
      ...heardOf(batch),
      prompts,
      timestamps: false,
      maxNewTokens: 1,
      temperature: 0,
      stopAtLoops: false,
      keepStates: true,
    });
    keep(batch, states);
    return texts.map(([text]) => text!);
  };

  /** What was heard in windows while their language was told, for as long as their samples live. */
  const heardBefore = new WeakMap<Float32Array, EncoderStates>();

  const decodeAt = async (
    windows: readonly HeardWindow[],
    temperature: number,
    options: RecognizeOptions,
  ): Promise<WindowResult[]> => {
    const results = new Map<HeardWindow, WindowResult>();
    for (const alike of [windows.filter(wasHeard), windows.filter((one) => !wasHeard(one))]) {
      const rows = temperature > 0 ? Math.ceil(batchSize / BEST_OF) : batchSize;
      for (const batch of decodingBatches(alike, () => rows)) {
        const hypotheses = await search(batch, temperature, options);
        for (const [row, window] of batch.entries()) {
          results.set(window, readHypothesis(hypotheses[row]!, window, temperature, whisper));
        }
      }
    }
    return windows.map((window) => results.get(window)!);
  };

  return {
    modelId,
    languages: languageCodes(whisper),
    timesWords: heads.length > 0,
    windowSamples: WINDOW_SAMPLES,
    batchSize,
    async recognize(windows, options) {
      const heard = windows.map((window): HeardWindow => {
        const states = heardBefore.get(window.samples);
        const prompt = promptOf(window, options, whisper);
        return { ...window, prompt, ...(states && { states }) };
      });
      const results = await decodeAsAsked(heard, options, (open, temperature) =>
        decodeAt(open, temperature, options),
      );
      return options.wordTimestamps
        ? withWordTimes(
            results,
            windows,
            options,
            (rows) => concatenateRows(rows.map((row) => heard[row]!.states!)),
            await textPass.open(),
            whisper,
          )
        : results;
    },
    async languageProbabilities(windows) {
      if (vocabulary.languages.size === 0) {
        return windows.map(() => Float32Array.of(1));
      }
      const prompt = { tokens: [], startIndex: 0 };
      const heard = windows.map((window): HeardWindow => ({ ...window, prompt }));
      const told = await hear(heard);
      for (const { samples, states } of heard) {
        heardBefore.set(samples, states!);
      }
      return told.map(({ languageProbs }) => languageProbs);
    },
    async dispose() {
      await model.dispose();
      await textPass.dispose();
      await beams.dispose();
    },
  };
}

function wasHeard({ states }: HeardWindow): boolean {
  return states !== undefined;
}

function heardOf(batch: readonly HeardWindow[]): Heard {
  return batch.every(wasHeard)
    ? { states: concatenateRows(batch.map(({ states }) => states!)) }
    : { samples: batch.map(({ samples }: AudioWindow) => samples) };
}

function keep(batch: readonly HeardWindow[], states: EncoderStates | undefined): void {
  if (states) {
    for (const [row, window] of batch.entries()) {
      window.states = selectRows(states, [row]);
    }
  }
}
