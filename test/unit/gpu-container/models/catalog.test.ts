import { describe, expect, it } from '@jest/globals';
import { TEXT_EMBEDDING_MODELS, TRANSCRIPTION_MODELS } from '#contracts/models.ts';
import { VIDEO_EMBEDDING_MODELS } from '#contracts/video-embedding-models.ts';
import { textModel } from '../../../../gpu-container/src/embed/text/text-models.ts';
import {
  CATALOG,
  findModel,
  transcriptionModel,
  videoEmbeddingEntry,
} from '../../../../gpu-container/src/models/catalog.ts';
import { contentKey } from '../../../../gpu-container/src/models/model-entry.ts';
import { hubFile, sampleBytes, sampleEntry } from './sample-model.ts';

describe('the model catalog', () => {
  it('names every entry and every file of an entry once, in characters safe for a path', () => {
    expect(new Set(CATALOG.map(({ id }) => id)).size).toBe(CATALOG.length);
    for (const { id, files } of CATALOG) {
      const names = files.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      for (const name of [id, ...names]) {
        expect(name).toMatch(/^[a-z0-9][A-Za-z0-9._-]*$/);
      }
    }
  });

  it('pins every file of a verified entry and claims nothing of an unverified one', () => {
    for (const { verified, files } of CATALOG) {
      for (const { pin } of files) {
        if (verified) {
          expect(pin?.sha256).toMatch(/^[0-9a-f]{64}$/);
          expect(pin?.bytes).toBeGreaterThan(0);
        } else {
          expect(pin).toBeUndefined();
        }
      }
    }
  });

  it('names npm packages by exact version and takes each of their files once', () => {
    for (const { files } of CATALOG) {
      const npm = files.flatMap(({ sources }) => sources).filter(({ kind }) => kind === 'npm');
      for (const source of npm) {
        expect(source).toMatchObject({
          package: expect.stringMatching(/^(@[^/]+\/)?[^@/]+@\d+\.\d+\.\d+$/),
        });
      }
      expect(new Set(npm.map((source) => JSON.stringify(source))).size).toBe(npm.length);
    }
  });

  it('has every text embedding model that the API knows, with vectors of the length it makes', () => {
    for (const id of TEXT_EMBEDDING_MODELS) {
      expect(findModel(id)).toMatchObject({ task: 'text-embedding', dims: textModel(id).dims });
    }
  });

  it('has every transcription model that the API knows, in each of its precisions', () => {
    const models = Object.entries(TRANSCRIPTION_MODELS);
    for (const [name, { catalogId, precisions = [], languages }] of models) {
      const ids =
        precisions.length > 0 ? precisions.map((kind) => `${catalogId}-${kind}`) : [catalogId];
      for (const id of ids) {
        expect(transcriptionModel(id)).toMatchObject({
          id,
          task: 'transcription',
          languages: languages ?? 'multilingual',
        });
      }
      expect(ids).toContain(transcriptionModel(name, 'cpu').id);
      expect(ids).toContain(transcriptionModel(name, 'cuda').id);
    }
  });

  it('gives each device the precision that runs best on it', () => {
    expect(transcriptionModel('large', 'cpu').id).toBe('whisper-large-v3-q8');
    expect(transcriptionModel('large', 'cuda').id).toBe('whisper-large-v3-fp16');
    expect(transcriptionModel('whisper-large-v3-turbo', 'cuda').precision).toBe('fp16');
    expect(transcriptionModel('distil-large-v3', 'cuda').precision).toBe('fp16');
    expect(transcriptionModel('base', 'cuda').id).toBe('whisper-base');
  });

  it('gives the precision that an id names, whatever the device', () => {
    expect(transcriptionModel('whisper-large-v3-turbo-q4', 'cuda').precision).toBe('q4');
    expect(transcriptionModel('whisper-medium-fp16', 'cpu').precision).toBe('fp16');
  });

  it('has every video embedding model that the API knows, in each of its precisions', () => {
    const models = Object.entries(VIDEO_EMBEDDING_MODELS).filter(
      ([name]) => name !== 'deterministic',
    );
    for (const [name, { precisions = [], dims }] of models) {
      const ids = precisions.map((precision) => `${name}-${precision}`);
      for (const [index, id] of ids.entries()) {
        expect(videoEmbeddingEntry(id)).toMatchObject({ id, dims, precision: precisions[index] });
      }
      expect(ids).toContain(videoEmbeddingEntry(name, 'cpu').id);
      expect(ids).toContain(videoEmbeddingEntry(name, 'cuda').id);
    }
  });

  it('gives each device the precision of a video embedding model that runs best on it', () => {
    expect(videoEmbeddingEntry('clip-vit-b32', 'cpu').id).toBe('clip-vit-b32-q8');
    expect(videoEmbeddingEntry('clip-vit-b32', 'cuda').id).toBe('clip-vit-b32-fp16');
    expect(videoEmbeddingEntry('clip-vit-b32-fp32', 'cuda').id).toBe('clip-vit-b32-fp32');
    expect(videoEmbeddingEntry('vjepa2-vitl-fpc64-256', 'cpu').precision).toBe('fp32');
  });

  it.each(['clip-vit-b16', 'whisper-base', 'all-minilm-l6-v2', 'deterministic'])(
    'refuses "%s" as a video embedding model with files',
    (requested) => {
      expect(() => videoEmbeddingEntry(requested)).toThrow(
        expect.objectContaining({ code: 'MODEL_NOT_FOUND' }),
      );
    },
  );

  it('keeps the name of a file that a graph refers to', () => {
    const { files } = findModel('whisper-distil-large-v3-fp32');
    const external = files.filter(({ name }) => name.endsWith('_data'));
    expect(external).toEqual([
      {
        name: 'encoder_model.onnx_data',
        sources: [expect.objectContaining({ path: 'onnx/encoder_model.onnx_data' })],
      },
    ]);
  });

  it.each(['whisper-enormous', 'whisper-large-v3-q3', 'silero-vad', ''])(
    'refuses "%s" as a transcription model',
    (requested) => {
      expect(() => transcriptionModel(requested)).toThrow(
        expect.objectContaining({ code: 'MODEL_NOT_FOUND' }),
      );
    },
  );
});

describe('the content key of an entry', () => {
  const content = sampleBytes('a');
  const pinned = sampleEntry([hubFile('a', content)]);

  it('changes with the content of a file', () => {
    expect(contentKey(sampleEntry([hubFile('a', sampleBytes('b'))]))).not.toBe(contentKey(pinned));
  });

  it('stays when a pinned file gets another source', () => {
    const mirrored = sampleEntry([
      {
        ...hubFile('a', content),
        sources: [{ kind: 'npm', package: 'mirror@1.0.0', path: 'a' }],
      },
    ]);
    expect(contentKey(mirrored)).toBe(contentKey(pinned));
  });

  it('changes with the revision of a file that is not pinned', () => {
    const at = (revision: string) =>
      sampleEntry([
        { name: 'a', sources: [{ kind: 'hf', repo: 'acme/sample', revision, path: 'a' }] },
      ]);
    expect(contentKey(at('v1'))).not.toBe(contentKey(at('v2')));
  });
});
