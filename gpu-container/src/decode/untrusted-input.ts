/**
 * Demuxers of containers that hold their own media. Whatever names other files
 * or addresses (hls, dash, concat, sdp, image2, …), draws text or runs a script
 * is not among them, so that a playlist cannot make ffmpeg read elsewhere.
 */
const DEMUXERS = [
  'mov,mp4,m4a,3gp,3g2,mj2',
  'matroska,webm',
  'mp3',
  'aac',
  'wav',
  'w64',
  'flac',
  'ogg',
  'aiff',
  'caf',
  'au',
  'amr',
  'amrnb',
  'amrwb',
  'asf',
  'asf_o',
  'avi',
  'flv',
  'live_flv',
  'mpeg',
  'mpegts',
  'mpegvideo',
  'mxf',
  'nut',
  'ac3',
  'eac3',
  'dts',
  'dtshd',
  'dv',
  'ape',
  'wv',
  'tta',
  'tak',
  'rm',
  'gxf',
  'voc',
  'ivf',
  'obu',
  'h264',
  'hevc',
  'm4v',
  'loas',
];

/** Largest single block of memory that ffmpeg may ask for. */
const MAX_ALLOC_BYTES = 512 * 1024 * 1024;

/** Address space of one ffmpeg or ffprobe: several times what decoding needs. */
export const MAX_MEMORY_BYTES = 4 * 1024 * 1024 * 1024;

/**
 * Options for ffmpeg and ffprobe that bind them to one local file: by default
 * both follow every protocol and format that the file's content asks for.
 */
export function untrustedInputArgs(path: string): string[] {
  return [
    '-max_alloc',
    String(MAX_ALLOC_BYTES),
    '-protocol_whitelist',
    'file,pipe',
    '-format_whitelist',
    DEMUXERS.join(','),
    '-i',
    // The prefix keeps a path from being read as an option or as another protocol.
    `file:${path}`,
  ];
}
