import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { readDataSet } from '../../../../bench/transcribe/data-set.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

async function read(manifest: unknown, only?: string[]) {
  await using folder = await makeScratchDir();
  await writeFile(join(folder.path, 'manifest.json'), JSON.stringify(manifest));
  return await readDataSet(folder.path, only);
}

it('reads what the bench needs of a manifest, however little it says', async () => {
  const [recording] = await read([{ file: 'a.wav' }]);
  expect(recording).toMatchObject({
    ...{ file: 'a.wav', language: undefined, text: undefined, isSpeechless: false },
    path: expect.stringMatching(/a\.wav$/),
  });
});

it('leaves out what is there to be refused', async () => {
  const recordings = await read([
    { file: 'ok.wav', expect: 'ok' },
    { file: 'damaged.mp4', expect: 'partial' },
    { file: 'silent.mp4', expect: 'no_audio' },
    { file: 'text.mp3', expect: 'undecodable' },
  ]);
  expect(recordings.map(({ file }) => file)).toEqual(['ok.wav', 'damaged.mp4']);
});

it.each([
  ['en', 'en'],
  ['en-GB', 'en'],
  ['PT_br', 'pt'],
  ['tlh', undefined],
  [null, undefined],
])('takes the language %j for %j', async (language, expected) => {
  const [recording] = await read([{ file: 'a.wav', language }]);
  expect(recording?.language).toBe(expected);
});

it('knows a recording without speech, which has no reference text', async () => {
  const [recording] = await read([{ file: 'noise.wav', text: '', expect: 'no_speech' }]);
  expect(recording).toMatchObject({ isSpeechless: true, text: undefined });
});

it('reads only the files asked for, and refuses one that is not there', async () => {
  const manifest = [{ file: 'a.wav' }, { file: 'b.wav' }];
  const recordings = await read(manifest, ['b.wav']);
  expect(recordings.map(({ file }) => file)).toEqual(['b.wav']);
  await expect(read(manifest, ['c.wav'])).rejects.toThrow('c.wav');
});
