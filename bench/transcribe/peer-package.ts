import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ModelFiles } from '../../gpu-container/src/models/store.ts';

/** transformers.js has a package of its own, so that the product carries one onnxruntime. */
export const PEER_PACKAGE_DIR = resolve(import.meta.dirname, '../peer');

/** Installs transformers.js where it is missing. */
export function installPeer(say: (line: string) => void): void {
  if (existsSync(join(PEER_PACKAGE_DIR, 'node_modules/@huggingface/transformers'))) {
    return;
  }
  say(`Installing transformers.js into ${PEER_PACKAGE_DIR} (about 470 MB, once)`);
  const { status, error } = spawnSync('npm', ['ci', '--prefix', PEER_PACKAGE_DIR], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: PEER_PACKAGE_DIR,
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    throw new Error('transformers.js could not be installed', { cause: error });
  }
}

/** The versions that are measured, e.g. `4.3.1` and the onnxruntime it brings. */
export function peerVersions(): { transformers: string; onnxruntime: string } {
  const versionOf = (name: string): string => {
    const path = join(PEER_PACKAGE_DIR, 'node_modules', name, 'package.json');
    return JSON.parse(readFileSync(path, 'utf8')).version;
  };
  return {
    transformers: versionOf('@huggingface/transformers'),
    onnxruntime: versionOf('onnxruntime-node'),
  };
}

/** Where transformers.js looks for the files that our catalog names differently. */
const PEER_NAMES = new Map([
  ['encoder.onnx', 'onnx/encoder_model_quantized.onnx'],
  ['decoder.onnx', 'onnx/decoder_model_merged_quantized.onnx'],
]);

const SHARED_FILES = [
  ...PEER_NAMES.keys(),
  'config.json',
  'generation_config.json',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

/** Lays our own weights out as transformers.js wants them, by links; gives the folder. */
export async function linkModelForPeer(files: ModelFiles, parent: string): Promise<string> {
  const folder = join(parent, files.id);
  await mkdir(join(folder, 'onnx'), { recursive: true });
  for (const name of SHARED_FILES) {
    await symlink(files.file(name), join(folder, PEER_NAMES.get(name) ?? name));
  }
  return folder;
}
