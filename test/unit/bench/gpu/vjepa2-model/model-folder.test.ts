import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { madeBytes } from '../../../../../bench/gpu/made-bytes.ts';
import { layOutVjepa2 } from '../../../../../bench/gpu/vjepa2-model/model-folder.ts';
import { openVjepa2OfBytes } from '../../../../../gpu-container/src/embed/vjepa2/vjepa2-of-bytes.ts';
import { readModel } from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { fuseAttention } from '../../../../../gpu-container/src/onnx/rewrite/fused-attention.ts';
import { cosineSimilarity } from '../../../../../gpu-container/src/vector/similarity.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

const FRAMES = 2;
const FRAME_LENGTH = 3 * 256 * 256;

describe('a V-JEPA 2 with random weights', () => {
  it('tells clips apart, the same in half precision as in single', async () => {
    await using scratch = await makeScratchDir();
    const clips = [1, 2].map((seed) => madeBytes(FRAMES * FRAME_LENGTH, seed));
    const embed = async (precision: 'fp32' | 'fp16') => {
      const path = await layOutVjepa2('miniature', precision, scratch.path);
      const encoder = await openVjepa2OfBytes({ path });
      const slices = await encoder.encodeSlices!(clips);
      await encoder.dispose();
      return slices.map(([slice]) => slice!);
    };
    const single = await embed('fp32');
    const half = await embed('fp16');
    expect(cosineSimilarity(single[0]!, half[0]!)).toBeGreaterThan(0.9999);
    expect(cosineSimilarity(single[0]!, single[1]!)).toBeLessThan(
      cosineSimilarity(single[0]!, half[0]!),
    );
  });

  it('attends in a way that the product knows how to fuse', async () => {
    await using scratch = await makeScratchDir();
    const path = await layOutVjepa2('miniature', 'fp16', scratch.path);
    const { graph } = fuseAttention(readModel(await readFile(path)));
    const kinds = graph.nodes.map(({ opType }) => opType);
    expect(kinds.filter((kind) => kind === 'MultiHeadAttention')).toHaveLength(2);
    expect(kinds).not.toContain('Softmax');
  });
});
