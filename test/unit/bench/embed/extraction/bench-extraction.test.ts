import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  benchExtraction,
  describeExtraction,
} from '../../../../../bench/embed/extraction/bench-extraction.ts';
import { bareArgs, extractOurs } from '../../../../../bench/embed/extraction/extractions.ts';
import { makeClips } from '../../../../../bench/embed/extraction/made-clips.ts';
import { findMediaTools, runFfmpeg } from '../../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

describe('benchExtraction', () => {
  it('times ours against a bare ffmpeg for each clip and placement', async () => {
    const tools = await findMediaTools();
    await using scratch = await makeScratchDir();
    const rows = await benchExtraction({
      ...{ tools, scratchDir: scratch.path, say: () => undefined },
      ...{ lengthsSeconds: [1], keyframeIntervals: [15], frames: 3, threads: 2, rounds: 1 },
    });
    expect(rows.map(({ clip, placement }) => [clip, placement])).toEqual([
      ['1 s, keyframe every 15', 'exact'],
      ['1 s, keyframe every 15', 'cheapest'],
    ]);
    for (const { oursSeconds, bareSeconds, ratio, plainSeconds } of rows) {
      expect(Math.min(oursSeconds, bareSeconds, plainSeconds)).toBeGreaterThan(0);
      expect(ratio).toBe(oursSeconds / bareSeconds);
    }
    expect(describeExtraction(3, rows)).toContain('3 frames of 1080p');
  }, 120_000);
});

describe('the bare ffmpeg', () => {
  it.each(['exact', 'cheapest'] as const)(
    'gives as many frames as ours: %s',
    async (placement) => {
      const tools = await findMediaTools();
      await using scratch = await makeScratchDir();
      const [clip] = await makeClips(tools.ffmpeg, scratch.path, [1], [15]);
      const wish = { frames: 4, placement, threads: 2 };
      const args = await bareArgs(tools, clip!.path, wish);
      const pixels = join(scratch.path, 'pixels.rgb');
      await runFfmpeg(tools, [...args.slice(0, -1), pixels]);
      expect((await stat(pixels)).size).toBe(4 * 1_920 * 1_080 * 3);
      expect(await extractOurs(tools, clip!.path, wish)).toBe(4);
    },
    120_000,
  );
});
