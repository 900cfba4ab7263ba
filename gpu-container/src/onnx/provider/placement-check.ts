import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { env } from 'onnxruntime-node';
import { firstVisible, readGpus } from '../../gpu/nvidia-smi.ts';
import type { OnnxSession, ProfiledSession } from '../session.ts';
import { isBarelyOnDevice, type Placement } from './placement.ts';
import { reportPlacement } from './placement-reports.ts';
import { openVerdictStore, type VerdictStore } from './placement-verdicts.ts';
import { openProfileFile, type ProfileFile } from './profile-file.ts';

/** The first run pays for what later ones find done, such as the choice of convolutions. */
const PROFILED_RUNS = 2;

/** As much of a model file as tells it from others: its operators come before its weights. */
const HEAD_BYTES = 4 * 1024 ** 2;

/** A folder of the model cache that is named by what is in it. */
const CONTENT_KEY = /^[0-9a-f]{16}$/;

type CheckOptions = {
  /** Default: a folder beside the temporary files, for as long as these are kept. */
  readonly verdicts?: VerdictStore;
  /** Default: as nvidia-smi tells it. */
  readonly gpuName?: () => Promise<string | undefined>;
};

let gpuOfThisThread: Promise<string | undefined> | undefined;

/** It does not change while a process lives. */
function nameOfGpu(): Promise<string | undefined> {
  gpuOfThisThread ??= readGpus().then((gpus) => firstVisible(gpus)?.name);
  return gpuOfThisThread;
}

/**
 * Opens a session and finds out, for those who listen, how much of it the GPU really
 * computes: onnxruntime gives nodes that its CUDA provider has no kernel for to the CPU
 * without a word. The first two runs are profiled, and what the second shows is kept, so
 * that the next process on this machine need not.
 *
 * @param source.path of the model's file
 * @param source.model bytes that are loaded in place of the file's
 * @param load opens the session, with a profile where it is told where to write one
 * @throws what `load` throws; what is only looked at fails for nothing else
 */
export async function checkPlacement(
  source: { readonly path: string; readonly model?: Uint8Array | undefined },
  load: (profilePrefix?: string) => Promise<ProfiledSession>,
  {
    verdicts = openVerdictStore(join(tmpdir(), 'reelscribe-placement')),
    gpuName = nameOfGpu,
  }: CheckOptions = {},
): Promise<OnnxSession> {
  const model = modelName(source.path);
  const key = await keyOf(source, gpuName).catch(goOnWithout);
  const known = key && (await verdicts.read(key));
  if (known) {
    reportPlacement({ model, placement: known });
  }
  const profile = key && !known ? await openProfileFile().catch(goOnWithout) : undefined;
  if (!(key && profile)) {
    return await load();
  }
  try {
    return watchFirstRuns(await load(profile.prefix), profile, async (placement, runs) => {
      reportPlacement({ model, placement });
      // A first run hides much, but what it cannot hide is true of all.
      if (runs === PROFILED_RUNS || isBarelyOnDevice(placement)) {
        await verdicts.keep(key, placement);
      }
    });
  } catch (error) {
    await profile[Symbol.asyncDispose]();
    throw error;
  }
}

/** Looks at the profile after the last profiled run, or at the end where there are not as many. */
function watchFirstRuns(
  session: ProfiledSession,
  profile: ProfileFile,
  onPlacement: (placement: Placement, runs: number) => Promise<void>,
): OnnxSession {
  let runs = 0;
  let isDone = false;
  const conclude = async () => {
    isDone = true;
    session.endProfiling();
    await using file = profile;
    const placement = runs > 0 ? await file.read().catch(goOnWithout) : undefined;
    await (placement && onPlacement(placement, runs).catch(goOnWithout));
  };
  return {
    ...session,
    run: async (inputs, outputs) => {
      const results = await session.run(inputs, outputs);
      runs += 1;
      if (runs === PROFILED_RUNS && !isDone) {
        await conclude();
      }
      return results;
    },
    dispose: async () => {
      if (!isDone) {
        await conclude();
      }
      await session.dispose();
    },
  };
}

/** A full disk is no reason to lose a transcript. */
function goOnWithout(error: Error): undefined {
  process.emitWarning(`Where a model runs is not found out: ${error.message}`);
}

/** `whisper-base/decoder.onnx`: the entry of the catalog and its file, or whatever folder it lies in. */
function modelName(path: string): string {
  const folder = dirname(path);
  const entry = CONTENT_KEY.test(basename(folder)) ? dirname(folder) : folder;
  return join(basename(entry), basename(path));
}

/** Tells apart what may be placed differently: builds of onnxruntime, GPUs, and models. */
async function keyOf(
  { path, model }: { readonly path: string; readonly model?: Uint8Array | undefined },
  gpuName: () => Promise<string | undefined>,
): Promise<string> {
  const { bytes, head } = model
    ? { bytes: model.byteLength, head: model.subarray(0, HEAD_BYTES) }
    : await headOf(path);
  return createHash('sha256')
    .update(JSON.stringify([env.versions.node ?? null, (await gpuName()) ?? null, bytes]))
    .update(head)
    .digest('hex');
}

async function headOf(path: string): Promise<{ bytes: number; head: Uint8Array }> {
  await using file = await open(path);
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return { bytes: size, head: buffer.subarray(0, bytesRead) };
}
