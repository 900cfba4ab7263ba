import type { TextAgreement } from './compare-texts.ts';
import type { Load } from './load.ts';

/** What parts of the bench measure; each is told as soon as it is there. */

/** Whose figure it is. */
export type Side = 'ours' | 'pytorch';

/** Whether the GPU writes the tokens that the CPU writes, with published weights. */
export type ParityMeasurement = TextAgreement & {
  readonly measured: 'parity';
  /** Largest between the features of both. */
  readonly logMelDifference: number;
};

/** Windows of 30 s in one batch, from samples to tokens. */
export type WhisperMeasurement = {
  readonly measured: 'whisper';
  readonly side: Side;
  readonly shape: string;
  readonly batch: number;
  /** Tokens written of each window. */
  readonly tokens: number;
  /** Median of the runs. */
  readonly seconds: number;
  /** The same up to the first token: features, transfers, encoder and prompt. */
  readonly secondsToFirstToken: number;
};

/** One more token of each window, and nothing else, in milliseconds. */
export type StepMeasurement = {
  readonly measured: 'step';
  readonly shape: string;
  readonly batch: number;
  readonly steps: number;
  readonly stepMs: number;
};

/** How busy the GPU was while batches ran one after another. */
export type LoadMeasurement = Load & {
  readonly measured: 'load';
  readonly shape: string;
  readonly batch: number;
};

/** Where a model was computed, by onnxruntime's own profile of its second run. */
export type PlacementMeasurement = {
  readonly measured: 'placement';
  readonly model: string;
  /** Share of the run in which the CPU computed no nodes. */
  readonly deviceShare: number;
  readonly runSeconds: number;
  /** What its nodes took; those on CUDA until they were launched. */
  readonly nodeSeconds: number;
  /** Operators that the CPU computed. */
  readonly onCpu: readonly string[];
};

export type ClipMeasurement = {
  readonly measured: 'clip';
  readonly side: Side;
  /** `pixels`: prepared pictures in memory; `frames`: RGB frames of 1080p in memory. */
  readonly from: 'pixels' | 'frames';
  readonly batch: number;
  readonly picturesPerSecond: number;
};

export type Vjepa2Measurement = {
  readonly measured: 'vjepa2';
  readonly side: Side;
  readonly frames: number;
  readonly batch: number;
  readonly clipsPerSecond: number;
};

/** What a side computes with, e.g. `torch 2.11.0+cu130, transformers 5.17.0`. */
export type VersionsMeasurement = {
  readonly measured: 'versions';
  readonly side: Side;
  readonly versions: string;
};

export type Measurement =
  | ParityMeasurement
  | WhisperMeasurement
  | StepMeasurement
  | LoadMeasurement
  | PlacementMeasurement
  | ClipMeasurement
  | Vjepa2Measurement
  | VersionsMeasurement;
