import sharp, { type Sharp } from 'sharp';
import { ReelscribeError } from '#contracts/errors.ts';
import { CHANNELS, type RgbImage } from './rgb-image.ts';

/** What is read; libvips' other readers, some of which fetch or run what a file names, stay shut. */
const LOADERS = ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp'];

/** An image of that many takes 200 MB as RGB. */
const MAX_PIXELS = 8_192 * 8_192;

const TIMEOUT_SECONDS = 60;
const MAX_LEVEL = 255;
const CMYK_CHANNELS = 4;

/** Where libvips refuses an image for what it is, not for damage. */
const UNSUPPORTED = /unsupported image format|exceeds pixel limit|image is too (?:large|big)/i;
const MISSING = /file is missing/;

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: LOADERS });
// Every image is read once.
sharp.cache(false);

/**
 * Decodes a png, jpg or webp image as Pillow's `convert('RGB')` does, to the bit:
 * alpha is dropped, not blended; an embedded colour profile is passed over; of 16
 * bits the upper 8 stay; CMYK becomes (1 − ink)(1 − black). It comes upright, as its
 * EXIF orientation says. Of an animation it is the first picture. Other than by
 * Pillow, 16-bit grey is read like 16-bit colour, not clipped to white.
 *
 * @param image path of a file, or its bytes
 * @throws {ReelscribeError} UNSUPPORTED_MEDIA (no such image, or larger than 8192 × 8192),
 *   MEDIA_CORRUPT (damaged, cut off), DECODE_TIMEOUT
 */
export async function decodeImage(image: string | Uint8Array): Promise<RgbImage> {
  try {
    const { space } = await open(image).metadata();
    return space === 'cmyk' ? await decodeCmyk(image) : await decodeRgb(image);
  } catch (error) {
    throw decodingFailure(error);
  }
}

function open(image: string | Uint8Array): Sharp {
  return sharp(image, {
    autoOrient: true,
    failOn: 'error',
    ignoreIcc: true,
    limitInputPixels: MAX_PIXELS,
  }).timeout({ seconds: TIMEOUT_SECONDS });
}

async function decodeRgb(image: string | Uint8Array): Promise<RgbImage> {
  const { data, info } = await open(image)
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

async function decodeCmyk(image: string | Uint8Array): Promise<RgbImage> {
  const { data, info } = await open(image)
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: rgbOfCmyk(data) };
}

/** @param inks [pixels, 4], where 255 is all of an ink */
function rgbOfCmyk(inks: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((inks.length / CMYK_CHANNELS) * CHANNELS);
  for (let from = 0, to = 0; from < inks.length; from += CMYK_CHANNELS, to += CHANNELS) {
    const light = MAX_LEVEL - inks[from + 3]!;
    for (let ink = 0; ink < CHANNELS; ink++) {
      rgb[to + ink] = light - Math.round((inks[from + ink]! * light) / MAX_LEVEL);
    }
  }
  return rgb;
}

/** What libvips says stays in the cause, and so out of what a user sees. */
function decodingFailure(cause: unknown): unknown {
  if (!(cause instanceof Error) || MISSING.test(cause.message)) {
    return cause;
  }
  if (UNSUPPORTED.test(cause.message)) {
    return new ReelscribeError(
      'UNSUPPORTED_MEDIA',
      `the image is no png, jpg or webp, or has more than ${MAX_PIXELS} pixels`,
      { cause },
    );
  }
  return cause.message.startsWith('timeout')
    ? new ReelscribeError('DECODE_TIMEOUT', 'the image could not be decoded in time', { cause })
    : new ReelscribeError('MEDIA_CORRUPT', 'the image is damaged or cut off', { cause });
}
