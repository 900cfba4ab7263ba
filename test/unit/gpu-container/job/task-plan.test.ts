import { describe, expect, it } from '@jest/globals';
import { tasksSchema } from '#contracts/job-request.ts';
import type { MediaFacts } from '../../../../gpu-container/src/decode/probe.ts';
import { planTasks } from '../../../../gpu-container/src/job/task-plan.ts';

const AUDIO: MediaFacts['audio'][number] = {
  index: 1,
  codec: 'aac',
  channels: 2,
  sampleRate: 48_000,
  durationSeconds: 10,
};
const VIDEO: MediaFacts['video'][number] = {
  index: 0,
  codec: 'h264',
  width: 640,
  height: 360,
  frameRate: 25,
  durationSeconds: 10,
};

/** Which of the tasks that were asked for the job needs. */
function needed(
  tasks: Parameters<typeof tasksSchema.parse>[0],
  { audio = false, video = false, isPicture = false },
) {
  const facts = {
    container: 'mov',
    durationSeconds: 10,
    durationIsEstimate: false,
    audio: audio ? [AUDIO] : [],
    video: video ? [VIDEO] : [],
  };
  const { speech, videoEmbedding } = planTasks(tasksSchema.parse(tasks), { facts, isPicture });
  const required = (task: { required: boolean } | undefined) => task?.required;
  return {
    transcription: required(speech?.transcription),
    textEmbedding: required(speech?.textEmbedding),
    videoEmbedding: required(videoEmbedding),
  };
}

const BOTH = { transcription: {}, videoEmbedding: {} };

describe('what a job needs', () => {
  it('is what was asked for, where the media has it all', () => {
    expect(needed(BOTH, { audio: true, video: true })).toEqual({
      transcription: true,
      textEmbedding: undefined,
      videoEmbedding: true,
    });
    expect(
      needed(
        { transcription: {}, videoEmbedding: { required: false } },
        { audio: true, video: true },
      ),
    ).toMatchObject({ videoEmbedding: false });
  });

  it('is what can be seen, where nothing can be heard', () => {
    const tasks = { ...BOTH, textEmbedding: {} };

    expect(needed(tasks, { video: true })).toEqual({
      transcription: false,
      textEmbedding: false,
      videoEmbedding: true,
    });
    expect(needed(tasks, { isPicture: true })).toMatchObject({ transcription: false });
  });

  it('is what can be heard, where nothing can be seen', () => {
    expect(needed(BOTH, { audio: true })).toMatchObject({
      transcription: true,
      videoEmbedding: false,
    });
  });

  it('is impossible where the media has nothing of it', () => {
    expect(needed({ transcription: {} }, { video: true })).toMatchObject({ transcription: true });
    expect(needed({ videoEmbedding: {} }, { audio: true })).toMatchObject({ videoEmbedding: true });
    expect(needed(BOTH, {})).toMatchObject({ transcription: true, videoEmbedding: true });
  });
});
