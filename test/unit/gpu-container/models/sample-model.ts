import { createHash } from 'node:crypto';
import type {
  Digest,
  ModelEntry,
  ModelFile,
} from '../../../../gpu-container/src/models/model-entry.ts';

export function digestOf(content: Buffer): Digest {
  return { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length };
}

/** Bytes that differ by name and do not compress to nothing. */
export function sampleBytes(name: string, length = 3000): Buffer {
  const block = createHash('sha512').update(name).digest();
  return Buffer.alloc(length, block);
}

export function sampleEntry(files: readonly ModelFile[], id = 'sample'): ModelEntry {
  return { id, task: 'vad', title: 'Sample', licence: 'MIT', verified: true, files };
}

/** A file of the hub repository `acme/sample`, pinned to its content where that is given. */
export function hubFile(name: string, content?: Buffer): ModelFile {
  return {
    name,
    ...(content === undefined ? {} : { pin: digestOf(content) }),
    sources: [{ kind: 'hf', repo: 'acme/sample', revision: 'abc', path: `onnx/${name}` }],
  };
}
