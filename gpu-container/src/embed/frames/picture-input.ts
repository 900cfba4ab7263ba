/**
 * Demuxers of a single picture that read the one file they are given; image2,
 * which takes patterns of names and reads others, is not among them.
 */
const PICTURE_DEMUXERS = ['png_pipe', 'jpeg_pipe', 'webp_pipe'];

/** Enough for 8192 × 8192 pixels of 16-bit RGBA. */
const MAX_ALLOC_BYTES = 512 * 1024 * 1024;

/** What untrustedInputArgs is to audio and video, for png, jpg and webp files. */
export function untrustedPictureArgs(path: string): string[] {
  return [
    ...['-max_alloc', String(MAX_ALLOC_BYTES), '-protocol_whitelist', 'file,pipe'],
    ...['-format_whitelist', PICTURE_DEMUXERS.join(','), '-i', `file:${path}`],
  ];
}
