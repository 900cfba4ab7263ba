import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { decodeImage } from '../../../../../gpu-container/src/embed/image/decode-image.ts';
import type { RgbImage } from '../../../../../gpu-container/src/embed/image/rgb-image.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

const RED = { r: 255, g: 0, b: 0 };
const BLUE = { r: 0, g: 0, b: 255 };

const filled = (width: number, height: number, background: { r: number; g: number; b: number }) =>
  sharp({ create: { width, height, channels: 3, background } });

/** Red on the left, blue on the right, 32 by 16. */
const redBlue = () =>
  filled(32, 16, RED).composite([
    {
      input: { create: { width: 16, height: 16, channels: 3, background: BLUE } },
      left: 16,
      top: 0,
    },
  ]);

const noise = () =>
  sharp({
    create: {
      width: 64,
      height: 48,
      channels: 3,
      background: RED,
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });

const decode = async (image: Sharp) => await decodeImage(await image.toBuffer());

function pixelAt({ data, width }: RgbImage, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

describe('decodeImage', () => {
  it('reads a file like its bytes', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'input');
    await noise().webp().toFile(path);
    const fromFile = await decodeImage(path);
    expect(fromFile).toMatchObject({ width: 64, height: 48 });
    expect(fromFile.data).toHaveLength(64 * 48 * 3);
    expect(await decodeImage(await readFile(path))).toEqual(fromFile);
  });

  it('turns an image as its EXIF orientation says', async () => {
    // 6: the camera was held so that the picture must be turned clockwise.
    const turned = await decode(redBlue().withMetadata({ orientation: 6 }).jpeg({ quality: 100 }));
    expect(turned).toMatchObject({ width: 16, height: 32 });
    expect(pixelAt(turned, 8, 4)[0]).toBeGreaterThan(200);
    expect(pixelAt(turned, 8, 28)[2]).toBeGreaterThan(200);
  });

  it('drops alpha without blending', async () => {
    const background = { r: 10, g: 200, b: 30, alpha: 0.25 };
    const clear = sharp({ create: { width: 4, height: 4, channels: 4, background } });
    expect(pixelAt(await decode(clear.clone().png()), 1, 1)).toEqual([10, 200, 30]);
    const webp = await decode(clear.clone().webp({ lossless: true, exact: true }));
    expect(webp.data).toHaveLength(4 * 4 * 3);
    expect(pixelAt(webp, 1, 1)).toEqual([10, 200, 30]);
  });

  it('keeps the upper 8 of 16 bits, in colour and in grey', async () => {
    const samples = Uint16Array.of(0x1234, 0x80ff, 0xffff);
    const raw = { width: 1, height: 1, channels: 3 } as const;
    const colour = sharp(samples, { raw }).toColourspace('rgb16').png();
    expect(pixelAt(await decode(colour), 0, 0)).toEqual([0x12, 0x80, 0xff]);
    const grey = sharp(Uint16Array.of(0x40c0), { raw: { ...raw, channels: 1 } });
    expect(pixelAt(await decode(grey.toColourspace('grey16').png()), 0, 0)).toEqual([
      0x40, 0x40, 0x40,
    ]);
  });

  it('reads grey and a palette as colours', async () => {
    const grey = await decode(filled(3, 2, { r: 90, g: 90, b: 90 }).toColourspace('b-w').png());
    expect(grey.data).toEqual(new Uint8Array(Buffer.alloc(3 * 2 * 3, 90)));
    const palette = await decode(redBlue().png({ palette: true, colours: 2 }));
    expect(pixelAt(palette, 2, 2)).toEqual([255, 0, 0]);
    expect(pixelAt(palette, 30, 2)).toEqual([0, 0, 255]);
  });

  it('reads CMYK as light that inks leave', async () => {
    const jpeg = await redBlue()
      .toColourspace('cmyk')
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const { data: inks, info } = await sharp(jpeg)
      .pipelineColourspace('cmyk')
      .toColourspace('cmyk')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(4);
    const image = await decodeImage(jpeg);
    expect(image).toMatchObject({ width: 32, height: 16 });
    const [cyan, magenta, yellow, black] = [...inks.subarray(0, 4)].map((ink) => ink / 255);
    const expected = [cyan!, magenta!, yellow!].map((ink) => 255 * (1 - ink) * (1 - black!));
    for (const [channel, level] of pixelAt(image, 0, 0).entries()) {
      expect(Math.abs(level - expected[channel]!)).toBeLessThanOrEqual(0.5001);
    }
    const [red = 0, , blue = 0] = pixelAt(image, 4, 8);
    expect(red).toBeGreaterThan(blue + 100);
  });

  it('passes over an embedded colour profile', async () => {
    const plain = noise().png();
    const pixels = await decode(plain);
    const profiled = await sharp(Buffer.from(pixels.data), {
      raw: { width: 64, height: 48, channels: 3 },
    })
      .keepIccProfile()
      .withIccProfile('p3', { attach: true })
      .png()
      .toBuffer();
    const { hasProfile } = await sharp(profiled).metadata();
    expect(hasProfile).toBe(true);
    const raw = await sharp(profiled, { ignoreIcc: true }).raw().toBuffer();
    const converted = await sharp(profiled).raw().toBuffer();
    expect(raw.equals(converted)).toBe(false);
    expect(Buffer.from((await decodeImage(profiled)).data).equals(raw)).toBe(true);
  });

  it('takes the first picture of an animated webp', async () => {
    const raw = { width: 8, height: 8, channels: 3 } as const;
    const frames = [RED, BLUE].map(({ r, g, b }) =>
      Buffer.from(Array.from({ length: 64 }, () => [r, g, b]).flat()),
    );
    const animated = await sharp(Buffer.concat(frames), {
      raw: { ...raw, height: 16, pageHeight: 8 },
    })
      .webp({ lossless: true, loop: 0, delay: [100, 100] })
      .toBuffer();
    expect((await sharp(animated).metadata()).pages).toBe(2);
    const image = await decodeImage(animated);
    expect(image).toMatchObject({ width: 8, height: 8 });
    expect(pixelAt(image, 4, 4)).toEqual([255, 0, 0]);
  });

  it.each(['png', 'jpeg', 'webp'] as const)('refuses a %s that is cut off', async (format) => {
    const whole = await noise().toFormat(format).toBuffer();
    await expect(decodeImage(whole.subarray(0, whole.length * 0.6))).rejects.toMatchObject({
      code: 'MEDIA_CORRUPT',
    });
  });

  it('refuses a png with a damaged byte', async () => {
    const damaged = await noise().png().toBuffer();
    damaged[damaged.length >> 1]! ^= 0xff;
    await expect(decodeImage(damaged)).rejects.toMatchObject({ code: 'MEDIA_CORRUPT' });
  });

  it.each([
    ['gif', () => noise().gif().toBuffer()],
    ['tiff', () => noise().tiff().toBuffer()],
    [
      'svg',
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ],
    ['text', async () => Buffer.from('not an image')],
  ])('refuses %s, which it has no reader of', async (_, make) => {
    await expect(decodeImage(await make())).rejects.toMatchObject({ code: 'UNSUPPORTED_MEDIA' });
  });

  it('refuses more than 8192 by 8192 pixels', async () => {
    // 12000 by 6000 of one colour are a few kilobytes.
    const bomb = await filled(12_000, 6_000, RED).png().toBuffer();
    await expect(decodeImage(bomb)).rejects.toMatchObject({ code: 'UNSUPPORTED_MEDIA' });
  });

  it('does not blame the media where there is no file', async () => {
    await using scratch = await makeScratchDir();
    const missing = decodeImage(join(scratch.path, 'nothing'));
    await expect(missing).rejects.not.toHaveProperty('code', 'MEDIA_CORRUPT');
  });

  it('names no file of another kind by its extension', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'picture.png');
    await writeFile(path, await noise().gif().toBuffer());
    await expect(decodeImage(path)).rejects.toMatchObject({ code: 'UNSUPPORTED_MEDIA' });
  });
});
