import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { MediaTools } from '../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { probeMedia } from '../../../../gpu-container/src/decode/probe.ts';
import { decodeRecording } from '../../../../gpu-container/src/job/decode-recording.ts';
import { speechOfChannels } from '../../../../gpu-container/src/job/heard-channels.ts';
import { channelsWav } from '../../../environment/channels-wav.ts';
import { findMediaTools } from '../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { loudnessEngine } from './loudness-engine.ts';
import { sampleChannel } from './sample-channel.ts';
import { sampleContext } from './sample-context.ts';

const SAMPLE_RATE = 16_000;

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

/** Ten seconds in which somebody speaks from one second to another. */
function spokenFrom(start: number, end: number): Float32Array {
  return new Float32Array(10 * SAMPLE_RATE).fill(0.5, start * SAMPLE_RATE, end * SAMPLE_RATE);
}

/** The speech on each channel of a recording whose mix was transcribed. */
async function speechIn(...channels: Float32Array[]) {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'input');
  await writeFile(path, channelsWav(channels));
  const facts = await probeMedia(path, { ffprobe: tools.ffprobe, maxSeconds: 60 });
  const context = sampleContext({ tools, scratchDir: scratch.path });
  await using recording = await decodeRecording({ channels: 'mix' }, { path, facts }, context);
  const transcribed = [sampleChannel({ language: null, says: [] })];
  return await speechOfChannels(
    { recording, channels: transcribed },
    { path, facts },
    loudnessEngine().detector,
    context,
  );
}

const near = (start: number, end: number) => ({
  start: expect.closeTo(start, 0),
  end: expect.closeTo(end, 0),
});

describe('the speech on each channel of a recording that was transcribed as a mix', () => {
  it('is found by decoding them, each by itself', async () => {
    expect(await speechIn(spokenFrom(1, 4), spokenFrom(3, 8))).toEqual([
      { channel: 0, speech: [near(1, 4)] },
      { channel: 1, speech: [near(3, 8)] },
    ]);
  });

  it('is that of one where all of them sound the same', async () => {
    expect(await speechIn(spokenFrom(1, 4), spokenFrom(1, 4))).toEqual([
      { channel: 0, speech: [near(1, 4)] },
    ]);
  });

  it('is that of the mix where there is one', async () => {
    expect(await speechIn(spokenFrom(1, 4))).toEqual([{ channel: 0, speech: [near(1, 4)] }]);
  });
});
