import { describe, expect, it } from '@jest/globals';
import { TRANSCRIPTION_MODELS } from '#contracts/models.ts';
import {
  CATALOG,
  findModel,
  transcriptionModelId,
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

  it('has an entry for every transcription model that the API says is available', () => {
    const available = Object.entries(TRANSCRIPTION_MODELS).filter(([, { available }]) => available);
    expect(available.length).toBeGreaterThan(0);
    for (const [name, { catalogId }] of available) {
      expect(transcriptionModelId(name)).toBe(catalogId);
      expect(findModel(catalogId).task).toBe('transcription');
    }
  });

  it('takes a catalog id where a request may name a model', () => {
    expect(transcriptionModelId('whisper-large-v3-turbo')).toBe('whisper-large-v3-turbo');
  });

  it.each(['whisper-enormous', 'silero-vad', ''])(
    'refuses "%s" as a transcription model',
    (requested) => {
      expect(() => transcriptionModelId(requested)).toThrow(
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
