import { describe, expect, it } from '@jest/globals';
import { multipliesSignedBytes } from '../../../../gpu-container/src/onnx/processor.ts';

describe('a processor multiplies signed bytes', () => {
  it.each([
    ['with the 512-bit instructions', 'fma avx512bw avx512_vnni avx512_bitalg'],
    ['with the 256-bit instructions', 'fma avx2 avx_vnni'],
  ])('%s', (_, flags) => {
    expect(multipliesSignedBytes(cpuinfo(flags))).toBe(true);
  });

  it.each([
    ['with none of them', 'fma avx2 avx512bw'],
    ['with those of other number formats alone', 'avx_vnni_int8 avx_vnni_int16 avx512_4vnniw'],
  ])('not %s', (_, flags) => {
    expect(multipliesSignedBytes(cpuinfo(flags))).toBe(false);
  });

  it('not where another line than the flags names the instructions', () => {
    expect(multipliesSignedBytes('model name\t: Example avx512_vnni\nflags\t\t: avx2\n')).toBe(
      false,
    );
  });

  it('not where the system says nothing of it', () => {
    expect(multipliesSignedBytes('')).toBe(false);
  });
});

function cpuinfo(flags: string): string {
  const processor = `model name\t: Example\nflags\t\t: fpu sse ${flags} md_clear\nbugs\t\t: none\n`;
  return `processor\t: 0\n${processor}\nprocessor\t: 1\n${processor}`;
}
