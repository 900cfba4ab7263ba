import { beforeAll, describe, expect, it } from '@jest/globals';
import type { MediaTools } from '../../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { probeVideo } from '../../../../../gpu-container/src/embed/frames/probe-video.ts';
import { findSceneChanges } from '../../../../../gpu-container/src/embed/frames/scene-changes.ts';
import { findMediaTools } from '../../../../environment/media-tools.ts';
import { makeClip } from './clips.ts';

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

/** Black, white, black; a second each. */
const THREE_SCENES = [
  ...['black', 'white', 'black'].flatMap((colour) => [
    ...['-f', 'lavfi', '-i', `color=${colour}:size=64x48:rate=10:duration=1`],
  ]),
  ...['-filter_complex', 'concat=n=3', '-c:v', 'libx264'],
];

describe('findSceneChanges', () => {
  it('finds hard cuts', async () => {
    await using clip = await makeClip(tools, 'cuts.mp4', THREE_SCENES);
    const facts = await probeVideo(clip.path, tools);
    expect(await findSceneChanges(clip.path, facts, tools)).toEqual([1, 2]);
  });

  it('finds none in one scene', async () => {
    await using clip = await makeClip(tools, 'still.mp4', [
      ...['-f', 'lavfi', '-i', 'color=red:size=64x48:rate=10:duration=1', '-c:v', 'libx264'],
    ]);
    const facts = await probeVideo(clip.path, tools);
    expect(await findSceneChanges(clip.path, facts, tools)).toEqual([]);
  });
});
