import { describe, expect, it } from '@jest/globals';
import { pieceVocabulary } from '../../../../../gpu-container/src/transcribe/moonshine/vocabulary.ts';

const PIECES = ['<unk>', '<s>', '</s>', '<0xC3>', '<0xA9>', '▁caf', 'é', '▁', '!\r'];

describe('pieceVocabulary', () => {
  const textOf = pieceVocabulary(Buffer.from(PIECES.join('\n')).toString('base64'));

  it('joins pieces, with a space for each mark', () => {
    expect(textOf([5, 6, 7, 5, 6])).toBe(' café  café');
  });

  it('spells characters out of their bytes', () => {
    expect(textOf([5, 3, 4])).toBe(' café');
  });

  it('leaves special tokens out, known or not', () => {
    expect(textOf([1, 5, 2, 0, 32_767])).toBe(' caf');
  });

  it('keeps pieces as they are, to the last character', () => {
    expect(textOf([8])).toBe('!\r');
  });
});
