/** A side of the comparison runs in a process of its own; this is what it is told and what it tells. */

export type SideInput = {
  name: string;
  /** File of raw little-endian 32-bit float samples, mono at 16 kHz. */
  pcmPath: string;
  seconds: number;
  /** ISO 639-1, where known. */
  language: string | undefined;
};

export type SideJob = {
  /** Name of the model, or the folder of its files. */
  model: string;
  threads: number;
  vad: boolean;
  wordTimestamps: boolean;
  /** Transcribed before anything is measured. */
  warmUp: SideInput;
  inputs: SideInput[];
  /** Tells where it stands and its memory this often; never, if not given. */
  sampleSeconds?: number;
  /** Runs the peer with the session option that ours has. */
  tuned?: boolean;
};

export type MemorySample = {
  /** What is being done, e.g. `transcribe`. */
  stage: string;
  /** How much of the input it is done with. */
  mediaSeconds: number;
  rssMb: number;
};

export type SideMessage =
  | { event: 'waiting' }
  | { event: 'begin'; name: string }
  | { event: 'end'; name: string; seconds: number; text: string; peakRssMb: number }
  | { event: 'failure'; name: string; seconds: number; message: string; peakRssMb: number }
  | ({ event: 'sample' } & MemorySample)
  | { event: 'done' };

/** Transcribes one input. Only the text is asked for, but segments are timed. */
export type Transcribe = (input: SideInput) => Promise<string>;
