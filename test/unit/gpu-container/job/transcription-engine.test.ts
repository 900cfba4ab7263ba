import { describe, expect, it } from '@jest/globals';
import { openTranscriptionEngine } from '../../../../gpu-container/src/job/transcription-engine.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';

describe('openTranscriptionEngine', () => {
  it.each([
    ['tiny', 'whisper-tiny', true],
    ['moonshine-tiny', 'moonshine-tiny', false],
  ])('opens %s with the recogniser of its family', async (model, modelId, timesWords) => {
    const models = modelStoreFromEnvironment();
    const { detector, recognizer } = await openTranscriptionEngine(model, models, 'cpu');

    expect(recognizer).toMatchObject({ modelId, timesWords });
    await Promise.all([detector.dispose(), recognizer.dispose()]);
  });

  it('tells which model it cannot have', async () => {
    await modelStoreFromEnvironment().pull('silero-vad');
    const models = modelStoreFromEnvironment({ ...process.env, REELSCRIBE_OFFLINE: '1' });
    await expect(openTranscriptionEngine('large-v3', models, 'cuda')).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE_OFFLINE',
      message: expect.stringContaining('whisper-large-v3-fp16'),
    });
  });
});
