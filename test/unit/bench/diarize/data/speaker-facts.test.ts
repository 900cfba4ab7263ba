import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { readSpeakerFacts, voiceOfFile } from '../../../../../bench/diarize/data/speaker-facts.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

async function read(manifest: unknown, files: Record<string, string> = {}) {
  await using folder = await makeScratchDir();
  await writeFile(join(folder.path, 'manifest.json'), JSON.stringify(manifest));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder.path, name), text);
  }
  return await readSpeakerFacts(folder.path);
}

const line = (file: string, start: number, speaker: string) =>
  `SPEAKER ${file} 1 ${start} 2.0 <NA> <NA> ${speaker} <NA> <NA>\n`;

it('reads the turns of a conversation, also those without pauses', async () => {
  const facts = await read(
    [{ file: 'talk.flac', rttm: 'talk.rttm', rttm_speech: 'talk.speech.rttm', speakers: 2 }],
    {
      'talk.rttm': line('talk', 0, 'ann') + line('talk', 2, 'bob'),
      'talk.speech.rttm': line('talk', 0.5, 'ann'),
    },
  );
  expect(facts.get('talk.flac')).toMatchObject({
    kind: 'conversation',
    speakers: 2,
    references: [
      {
        name: 'talk.rttm',
        turns: [
          { start: 0, end: 2, speaker: 'ann' },
          { start: 2, speaker: 'bob' },
        ],
      },
      { name: 'talk.speech.rttm', turns: [{ start: 0.5, end: 2.5, speaker: 'ann' }] },
    ],
  });
});

it('takes the turns of the recording alone from a file with those of several', async () => {
  const rttm = line('talk', 0, 'ann') + line('other', 0, 'bob');
  const facts = await read([{ file: 'talk.flac', rttm: 'all.rttm' }], { 'all.rttm': rttm });
  expect(facts.get('talk.flac')).toMatchObject({ speakers: 1 });
});

it('takes all turns of a file that calls the recording otherwise', async () => {
  const rttm = line('x', 0, 'ann') + line('x', 0, 'bob');
  const facts = await read([{ file: 'talk.flac', rttm: 'all.rttm' }], { 'all.rttm': rttm });
  expect(facts.get('talk.flac')).toMatchObject({ speakers: 2 });
});

it('tells meetings from conversations by their names', async () => {
  const facts = await read([{ file: 'ami_1.wav', rttm: 'a.rttm' }], { 'a.rttm': '' });
  expect(facts.get('ami_1.wav')).toMatchObject({ kind: 'meeting', speakers: 0 });
});

it('knows who is alone and where nobody is, and says nothing of other recordings', async () => {
  const facts = await read([
    { file: 'ann_1.wav', speakers: 1 },
    { file: 'two.wav', speakers: 1, voice: 'ann', rttm: null },
    { file: 'noise.wav', speakers: 0, expect: 'no_speech' },
    { file: 'cut.wav', speakers: 1, expect: 'partial' },
    { file: 'crowd.wav', speakers: 5 },
    { file: 'unknown.wav' },
  ]);
  expect([...facts]).toEqual([
    ['ann_1.wav', { kind: 'lone', voice: 'ann' }],
    ['two.wav', { kind: 'lone', voice: 'ann' }],
    ['noise.wav', { kind: 'speechless' }],
  ]);
});

it.each([
  ['librivox_sense_0870.wav', 'librivox_sense'],
  ['librispeech_1995-1837-0001.wav', 'librispeech_1995-1837'],
  ['kerstin_de_0008.webm', 'kerstin_de'],
  ['librivox_sonnet2.mp3', 'librivox_sonnet2'],
  ['jfk.flac', 'jfk'],
])('takes the voice of %s for %s', (file, expected) => {
  expect(voiceOfFile(file)).toBe(expected);
});
