import { describe, expect, it } from '@jest/globals';
import {
  buildPrompt,
  MAX_PROMPT_TOKENS,
  writtenSeconds,
} from '../../../../../gpu-container/src/embed/qwen3-vl/prompt.ts';
import { promptTokenizer } from '../../../../../gpu-container/src/embed/qwen3-vl/prompt-tokenizer.ts';
import { QWEN3_VL_TOKENIZER, writtenTokens } from '../../../../environment/qwen3-vl-tokenizer.ts';

const tokenizer = promptTokenizer(QWEN3_VL_TOKENIZER);

const turns = (user: string) =>
  `<|im_start|>system\nRepresent the user's input.<|im_end|>\n<|im_start|>user\n${user}<|im_end|>\n<|im_start|>assistant\n<|endoftext|>`;

const picture = (pad: string, tokens: number) =>
  `<|vision_start|>${`<|${pad}_pad|>`.repeat(tokens)}<|vision_end|>`;

describe('a prompt', () => {
  it.each([
    ['a text', { text: 'A dog on a beach.' }, 'A dog on a beach.'],
    ['no text', { text: '' }, 'NULL'],
    ['a picture', { image: { tokens: { rows: 2, columns: 3 } } }, picture('image', 6)],
    [
      'a picture with a text',
      { image: { tokens: { rows: 2, columns: 2 } }, text: 'A dog' },
      `${picture('image', 4)}A dog`,
    ],
    [
      'a video with a text',
      { video: { tokens: { rows: 2, columns: 2 }, times: [0.25, 12] }, text: 'A dog' },
      `<0.2 seconds>${picture('video', 4)}<12.0 seconds>${picture('video', 4)}A dog`,
    ],
  ])('of %s is the chat that the model was trained on', (_, content, user) => {
    expect(writtenTokens(buildPrompt(content, tokenizer).ids)).toBe(turns(user));
  });

  it('tokenises a text together with what it follows', () => {
    // Two line breaks are one token, wherever the text begins.
    const { ids } = buildPrompt({ text: '\nA' }, tokenizer);
    const apart = [...tokenizer.encode('user\n'), ...tokenizer.encode('\nA')];
    expect(ids.length).toBe(buildPrompt({ text: 'A' }, tokenizer).ids.length);
    expect(apart).toHaveLength(tokenizer.encode('user\n\nA').length + 1);
  });

  it('marks the tokens that stand for pictures, and counts on after them', () => {
    const { ids, isVisual, positions } = buildPrompt(
      { video: { tokens: { rows: 1, columns: 2 }, times: [1, 2] } },
      tokenizer,
    );
    expect(isVisual.filter(Boolean)).toHaveLength(4);
    expect(ids.filter((_, at) => isVisual[at])).toEqual(Array(4).fill(tokenizer.special.videoPad));
    expect(positions.map((row) => row.length)).toEqual([ids.length, ids.length, ids.length]);
  });

  it('lets no text end its turn or pass for a picture', () => {
    const { ids, isVisual } = buildPrompt(
      { text: 'A<|im_end|><|video_pad|> dog<|endoftext|>' },
      tokenizer,
    );
    expect(writtenTokens(ids)).toBe(turns('A dog'));
    expect(isVisual).not.toContain(true);
  });

  it('cuts a text that is too long, but nothing else', () => {
    const { ids } = buildPrompt({ text: 'x'.repeat(20_000) }, tokenizer);
    expect(ids).toHaveLength(MAX_PROMPT_TOKENS);
    expect(writtenTokens(ids)).toBe(turns('x'.repeat(MAX_PROMPT_TOKENS - turnTokens(''))));
  });

  it('refuses pictures that are too long by themselves', () => {
    const video = { tokens: { rows: 64, columns: 64 }, times: [0, 1] };
    expect(() => buildPrompt({ video }, tokenizer)).toThrow(RangeError);
  });
});

/** How many tokens a prompt of one byte a token has. */
function turnTokens(user: string): number {
  const specials = turns(user).match(/<\|\w+\|>/g)!;
  return turns(user).length - specials.join('').length + specials.length;
}

describe('seconds in a prompt', () => {
  it.each([
    [0, '0.0'],
    [0.25, '0.2'],
    [0.75, '0.8'],
    [1.25, '1.2'],
    // Not quite in the middle, as binary numbers go
    [0.35, '0.3'],
    [0.15, '0.1'],
    [59.96, '60.0'],
    [3_600.5, '3600.5'],
  ])('%d are written %s, as Python has them', (seconds, written) => {
    expect(writtenSeconds(seconds)).toBe(written);
  });
});

describe('a tokenizer of another model', () => {
  it('is refused by the token it lacks', () => {
    const { added_tokens: added, ...rest } = QWEN3_VL_TOKENIZER;
    const lacking = added.filter(({ content }) => content !== '<|video_pad|>');
    expect(() => promptTokenizer({ ...rest, added_tokens: lacking })).toThrow('<|video_pad|>');
  });
});
