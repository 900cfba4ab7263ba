import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareWhisper } from '../../../../../gpu-container/src/models/prepare/prepare-whisper.ts';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import {
  type OnnxModel,
  readModel,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { type OnnxSession, openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import {
  describeWhisper,
  type WhisperDescription,
  type WhisperFiles,
} from '../../../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { readWav } from '../../../../parity/wav.ts';
import { floatExport } from './float-export.ts';

type ExportedHalf = 'encoder' | 'decoder';

/** Whisper tiny in 32-bit floats, as published weights and as an export of the same weights. */
export type PublishedTiny = {
  /** Published weights, and what says how they are to be read. */
  readonly files: WhisperFiles;
  readonly whisper: WhisperDescription;
  /** Beside it a session looks for the weights. */
  readonly weightsPath: string;
  /** Puts the export beside the weights. */
  writeExport(): Promise<void>;
  readExport(half: ExportedHalf): Promise<OnnxModel>;
  openExport(half: ExportedHalf): Promise<OnnxSession>;
  /** Removes the files. */
  dispose(): Promise<void>;
};

export async function publishedTiny(): Promise<PublishedTiny> {
  const model = await modelStoreFromEnvironment().pull('whisper-tiny');
  const scratch = await makeScratchDir();
  await prepareWhisper({
    encoderPath: model.file('encoder.onnx'),
    decoderPath: model.file('decoder.onnx'),
    configPath: model.file('config.json'),
    outDir: scratch.path,
    precision: 'fp32',
  });
  const files = { file: (name: string) => join(scratch.path, name) };
  const readExport = async (half: ExportedHalf) =>
    floatExport(readModel(await readFile(model.file(`${half}.onnx`))));
  return {
    files,
    whisper: await describeWhisper(files),
    weightsPath: files.file('model.safetensors'),
    async writeExport() {
      for (const half of ['encoder', 'decoder'] as const) {
        await writeFile(files.file(`${half}.onnx`), writeModel(await readExport(half)));
      }
    },
    readExport,
    openExport: async (half) =>
      await openSession(`${half}.onnx`, {}, writeModel(await readExport(half))),
    dispose: async () => {
      await scratch[Symbol.asyncDispose]();
    },
  };
}

/** A LibriVox reader, in clips of 3 to 7 s at 16 kHz: "and mister John Dashwood had then leisure…". */
export async function readClip(clip: '0870' | '0880' | '0890'): Promise<Float32Array> {
  const speech = await modelStoreFromEnvironment().pull('demo-speech');
  return await readWav(speech.file(`sense-and-sensibility-${clip}.wav`));
}
