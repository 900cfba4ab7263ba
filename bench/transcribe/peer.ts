import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { PEER_PACKAGE_DIR } from './peer-package.ts';
import type { SideJob, Transcribe } from './side-messages.ts';
import { serveSide } from './side-process.ts';

/** The part of transformers.js that is used here. */
type Transformers = {
  env: { allowRemoteModels: boolean; localModelPath: string };
  pipeline(
    task: 'automatic-speech-recognition',
    model: string,
    options: Record<string, unknown>,
  ): Promise<
    (samples: Float32Array, options: Record<string, unknown>) => Promise<{ text: string }>
  >;
};

/**
 * The settings that its documentation gives for audio of more than 30 s.
 *
 * It has no batch size for speech recognition: by its source, the 30 s chunks of
 * a recording, and the recordings of an array, are recognised one after another,
 * and with timestamps the search takes one window at a time. Without
 * `chunk_length_s` it recognises the first 30 s and drops the rest. With
 * `return_timestamps` off it is slower here, as repetition loops then run to the
 * token limit more often.
 */
const SETTINGS = { chunk_length_s: 30, stride_length_s: 5, return_timestamps: true };

/** The other side: transformers.js with the same weights and threads. */
async function openPeer(job: SideJob): Promise<Transcribe> {
  const requirePeer = createRequire(join(PEER_PACKAGE_DIR, 'package.json'));
  const transformers = requirePeer('@huggingface/transformers') as Transformers;
  transformers.env.allowRemoteModels = false;
  transformers.env.localModelPath = dirname(job.model);
  const recognise = await transformers.pipeline(
    'automatic-speech-recognition',
    basename(job.model),
    {
      dtype: 'q8',
      device: 'cpu',
      session_options: {
        intraOpNumThreads: job.threads,
        ...(job.tuned && { extra: { session: { disable_quant_qdq: '1' } } }),
      },
    },
  );
  return async ({ pcmPath, language }) => {
    const { text } = await recognise(await readSamples(pcmPath), {
      ...SETTINGS,
      task: 'transcribe',
      // It detects no language; without one it takes everything for English.
      ...(language !== undefined && { language }),
    });
    return text.trim();
  };
}

async function readSamples(pcmPath: string): Promise<Float32Array> {
  const bytes = await readFile(pcmPath);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

await serveSide(openPeer);
