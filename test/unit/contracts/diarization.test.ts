import { describe, expect, it } from '@jest/globals';
import { findUnavailable } from '#contracts/availability/find-unavailable.ts';
import { jobRequestSchema } from '#contracts/job-request.ts';
import { requestIssues } from '#contracts/request-issues.ts';

const input = { s3: { bucket: 'media', key: 'a.mp4' } };
const read = (diarization: object) =>
  jobRequestSchema.safeParse({ input, tasks: { transcription: {}, diarization } });
const parse = (diarization: object) =>
  jobRequestSchema.parse({ input, tasks: { transcription: {}, diarization } }).tasks.diarization;

const voices = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `Voice ${index}`,
    s3: { bucket: 'media', key: `${index}.wav` },
  }));
const names = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`SPEAKER_${index + 10}`, 'Somebody']),
  );

describe('a request for speakers', () => {
  it.each([
    [{}, 8],
    [{ numSpeakers: 12 }, 12],
    [{ minSpeakers: 10 }, 10],
    [{ numSpeakers: 2 }, 8],
    [{ numSpeakers: 12, maxSpeakers: 20 }, 20],
  ])('%j may find %d at most', (diarization, maxSpeakers) => {
    expect(parse(diarization)?.maxSpeakers).toBe(maxSpeakers);
  });

  it.each([
    [{}, 'pyannote-embedding'],
    [{ backend: 'pyannote' }, 'wespeaker-voxceleb-resnet34-lm'],
    [{ backend: 'speechbrain' }, 'speechbrain-ecapa-voxceleb'],
    [{ backend: 'noop' }, undefined],
    [{ perChannel: true }, undefined],
    [{ backend: 'pyannote', model: 'pyannote-embedding' }, 'pyannote-embedding'],
  ])('%j tells voices apart by %s', (diarization, model) => {
    expect(parse(diarization)?.model).toBe(model);
  });

  it('keeps the names without the spaces around them', () => {
    expect(
      parse({ speakerNames: { SPEAKER_00: ' Dr. Ruiz ', SPEAKER_100: 'Ann' } })?.speakerNames,
    ).toEqual({ SPEAKER_00: 'Dr. Ruiz', SPEAKER_100: 'Ann' });
  });

  it.each<[object, string]>([
    [{ minSpeakers: 4, maxSpeakers: 3 }, 'minSpeakers'],
    [{ numSpeakers: 2, minSpeakers: 3 }, 'numSpeakers'],
    [{ numSpeakers: 4, maxSpeakers: 3 }, 'numSpeakers'],
    [{ numSpeakers: 51 }, 'numSpeakers'],
    [{ backend: 'nemo' }, 'backend'],
    [{ speakerNames: { SPEAKER_0: 'Ann' } }, 'speakerNames.SPEAKER_0'],
    [{ speakerNames: { SPEAKER_00: ' ' } }, 'speakerNames.SPEAKER_00'],
    [{ speakerNames: { SPEAKER_00: 'Ann\nBo' } }, 'speakerNames.SPEAKER_00'],
    [{ speakerNames: { SPEAKER_00: 'x'.repeat(101) } }, 'speakerNames.SPEAKER_00'],
    [{ speakerNames: names(51) }, 'speakerNames'],
    [{ knownVoices: voices(21) }, 'knownVoices'],
    [{ knownVoices: [...voices(1), ...voices(1)] }, 'knownVoices'],
    [{ knownVoices: [{ ...voices(1)[0], url: 'https://example.com/' }] }, 'knownVoices.0.url'],
    [{ knownVoices: [{ name: 'Ann' }] }, 'knownVoices.0.s3'],
  ])('is refused with %j', (diarization, option) => {
    const { error } = read(diarization);

    expect(error && requestIssues(error).map(({ path }) => path)).toEqual([
      `tasks.diarization.${option}`,
    ]);
  });

  it('takes as many names and voices as it may', () => {
    expect(read({ speakerNames: names(50), knownVoices: voices(20) }).success).toBe(true);
  });
});

describe('what cannot be done for speakers', () => {
  const found = (tasks: object) =>
    findUnavailable(jobRequestSchema.parse({ input, tasks })).map(({ code, path }) => [code, path]);
  const invalid = (...options: string[]) =>
    options.map((option) => ['INVALID_REQUEST', `tasks.diarization.${option}`]);

  it.each([
    {},
    { backend: 'pyannote', model: 'pyannote-embedding', minSpeakers: 2, maxSpeakers: 3 },
    { backend: 'speechbrain', numSpeakers: 12, minSegmentDuration: 0.5 },
    { backend: 'noop', required: true },
    { speakerNames: { SPEAKER_00: 'Ann' } },
    { perChannel: true, speakerNames: { SPEAKER_00: 'Ann' } },
    { knownVoices: voices(1) },
  ])('is nothing of %j', (diarization) => {
    expect(found({ transcription: {}, diarization })).toEqual([]);
    expect(found({ transcription: { channels: 'separate' }, diarization })).toEqual([]);
  });

  it('is to give words to speakers where nothing is transcribed', () => {
    expect(found({ diarization: {} })).toEqual([['INVALID_REQUEST', 'tasks.diarization']]);
  });

  it('is to use a model that there is not', () => {
    expect(found({ transcription: {}, diarization: { model: 'nonesuch' } })).toEqual([
      ['MODEL_NOT_FOUND', 'tasks.diarization.model'],
    ]);
  });

  it.each([
    [{ model: 'speechbrain-ecapa-voxceleb' }, ['model']],
    [{ backend: 'pyannote', model: 'speechbrain-ecapa-voxceleb' }, ['model']],
    [{ backend: 'noop', model: 'pyannote-embedding' }, ['model']],
    [{ backend: 'noop', knownVoices: voices(1) }, ['knownVoices']],
    [{ backend: 'noop', speakerNames: { SPEAKER_00: 'Ann' } }, ['speakerNames']],
    [{ backend: 'noop', numSpeakers: 12 }, ['numSpeakers']],
    [{ backend: 'noop', minSpeakers: 2, maxSpeakers: 3 }, ['minSpeakers', 'maxSpeakers']],
    [{ perChannel: true, backend: 'pyannote', model: 'pyannote-embedding' }, ['backend', 'model']],
    [{ perChannel: true, numSpeakers: 2, knownVoices: voices(1) }, ['numSpeakers', 'knownVoices']],
    [{ perChannel: true, minSegmentDuration: 1 }, ['minSegmentDuration']],
  ])('is to heed all of %j', (diarization, options) => {
    expect(found({ transcription: {}, diarization })).toEqual(invalid(...options));
  });
});
