import { describe, expect, it } from '@jest/globals';
import { compressionRatio } from '../../../../gpu-container/src/transcribe/compression-ratio.ts';

describe('compressionRatio', () => {
  it('is high for a repetition loop and low for prose', () => {
    expect(compressionRatio('Thank you. '.repeat(30))).toBeGreaterThan(2.4);
    expect(compressionRatio('Ask not what your country can do for you.')).toBeLessThan(1.2);
  });

  it('counts bytes of UTF-8, not characters', () => {
    // 8 bytes of zlib's frame and block around 21 bytes that cannot be compressed
    expect(compressionRatio('日本語の文章')).toBeGreaterThan(18 / 32);
    expect(compressionRatio('日本語の文章')).toBeGreaterThan(compressionRatio('abcdef'));
  });

  it('looks at the text without the space around it', () => {
    expect(compressionRatio('   once more   ')).toBe(compressionRatio('once more'));
  });

  it('is zero for no text', () => {
    expect(compressionRatio(' ')).toBe(0);
  });
});
