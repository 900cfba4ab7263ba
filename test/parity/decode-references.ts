import { env } from 'onnxruntime-node';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { openSession } from '../../gpu-container/src/onnx/session.ts';
import { encodeFeatures } from '../../gpu-container/src/transcribe/whisper/encoder.ts';
import { describeWhisper } from '../../gpu-container/src/transcribe/whisper/recognizer.ts';
import {
  type Decoding,
  decodeWindow,
  describeDecoding,
  type LongDecoding,
  transcribeLong,
} from './reference-decoding.ts';
import {
  LONG_RUNS,
  type LongRun,
  MODES,
  type Mode,
  readFeatures,
  readLongRecording,
  readMelClips,
  readReferenceWindows,
} from './whisper-references.ts';

/** Every reference decoding, made again. */
export type Decodings = {
  onnxruntime: string;
  windows: Record<string, Record<Mode, Decoding>>;
  long: Record<LongRun, LongDecoding>;
};

const files = await modelStoreFromEnvironment().pull('whisper-tiny');
const options = { sessionOptions: 'default' } as const;
const encoder = await openSession(files.file('encoder.onnx'), options);
const decoder = await openSession(files.file('decoder.onnx'), options);
const whisper = await describeWhisper(files);
const melClips = readMelClips();

const windows: Decodings['windows'] = {};
for (const clip of readReferenceWindows().clips) {
  const mel = melClips.find(({ name }) => name === clip.name)!;
  const states = await encodeFeatures(encoder, await readFeatures(mel, 80), whisper.dimensions);
  const decodings: Partial<Record<Mode, Decoding>> = {};
  for (const mode of MODES) {
    const hypothesis = await decodeWindow(decoder, clip, mode, states, whisper);
    decodings[mode] = describeDecoding(hypothesis, mode, mel.samples, whisper);
  }
  windows[clip.name] = decodings as Record<Mode, Decoding>;
}

const recording = await readLongRecording();
const long: Partial<Record<LongRun, LongDecoding>> = {};
for (const run of LONG_RUNS) {
  long[run] = await transcribeLong(files, recording, run);
}

const decodings: Decodings = {
  onnxruntime: env.versions.node ?? '',
  windows,
  long: long as Record<LongRun, LongDecoding>,
};
process.stdout.write(`${JSON.stringify(decodings)}\n`);
