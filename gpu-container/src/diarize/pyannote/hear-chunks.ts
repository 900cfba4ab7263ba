import type { PcmReader } from '../../decode/pcm.ts';
import type { SpeechRegion } from '../../vad/speech-regions.ts';
import type { DiarizationRun } from '../diarizer.ts';
import type { SpeakerEmbedder } from '../speaker-embedder.ts';
import { CHUNK_SAMPLES, CHUNK_STEP_SAMPLES, chunkCount } from './chunk-frames.ts';
import type { Segmentation } from './segmentation.ts';
import { voiceClips } from './voice-clips.ts';

/** A chunk in which somebody speaks. */
export type SpokenChunk = {
  readonly chunk: number;
  /** Per frame a bit for each speaker of the chunk. */
  readonly activity: Uint8Array;
};

/** What a speaker of a chunk sounds like. */
export type ChunkVoice = {
  /** Which of the chunks that were heard, by its place among them. */
  readonly heard: number;
  /** Which of the chunk's speakers. */
  readonly local: number;
  readonly embedding: Float32Array;
};

/**
 * Hears a recording chunk by chunk: who speaks, and what they sound like. Chunks
 * without any speech are not looked at; elsewhere the network's own opinion
 * counts. What grows with the recording is a byte per 17 ms of each chunk (about
 * 600 bytes per second) and up to three embeddings per second.
 *
 * @throws the signal's reason, where it was aborted
 */
export async function hearChunks(
  pcm: PcmReader,
  speech: readonly SpeechRegion[],
  { segmentation, embedder }: { segmentation: Segmentation; embedder: SpeakerEmbedder },
  { signal, onProgress }: DiarizationRun = {},
): Promise<{ heard: SpokenChunk[]; voices: ChunkVoice[] }> {
  const heard: SpokenChunk[] = [];
  const voices: ChunkVoice[] = [];
  const spoken = chunksWithSpeech(pcm.sampleCount, pcm.sampleRate, speech);
  const { chunksPerBatch } = segmentation;

  for (let start = 0; start < spoken.length; start += chunksPerBatch) {
    signal?.throwIfAborted();
    const batch = spoken.slice(start, start + chunksPerBatch);
    const samples = await readChunks(pcm, batch);
    const activities = await segmentation.segment(samples);
    signal?.throwIfAborted();

    const clips: (Omit<ChunkVoice, 'embedding'> & { samples: Float32Array })[] = [];
    for (const [row, activity] of activities.entries()) {
      const index = heard.push({ chunk: batch[row]!, activity }) - 1;
      const chunk = samples.subarray(row * CHUNK_SAMPLES, (row + 1) * CHUNK_SAMPLES);
      for (const clip of voiceClips(chunk, activity, embedder.minSamples)) {
        clips.push({ heard: index, local: clip.speaker, samples: clip.samples });
      }
    }
    const embeddings = await embedder.embed(clips.map((clip) => clip.samples));
    for (const [index, embedding] of embeddings.entries()) {
      if (embedding !== undefined) {
        const clip = clips[index]!;
        voices.push({ heard: clip.heard, local: clip.local, embedding });
      }
    }
    const doneSamples = batch.at(-1)! * CHUNK_STEP_SAMPLES + CHUNK_SAMPLES;
    onProgress?.(Math.min(doneSamples, pcm.sampleCount) / pcm.sampleRate);
  }
  return { heard, voices };
}

/** The chunks that touch speech. */
function chunksWithSpeech(
  sampleCount: number,
  sampleRate: number,
  speech: readonly SpeechRegion[],
): number[] {
  const spoken: number[] = [];
  let region = 0;
  for (let chunk = 0; chunk < chunkCount(sampleCount); chunk++) {
    const start = (chunk * CHUNK_STEP_SAMPLES) / sampleRate;
    const end = start + CHUNK_SAMPLES / sampleRate;
    while (region < speech.length && speech[region]!.end <= start) {
      region++;
    }
    if (region < speech.length && speech[region]!.start < end) {
      spoken.push(chunk);
    }
  }
  return spoken;
}

/** [chunks, 160000]; silence past the end of the recording. */
async function readChunks(pcm: PcmReader, chunks: readonly number[]): Promise<Float32Array> {
  const samples = new Float32Array(chunks.length * CHUNK_SAMPLES);
  const first = chunks[0]! * CHUNK_STEP_SAMPLES;
  const end = chunks.at(-1)! * CHUNK_STEP_SAMPLES + CHUNK_SAMPLES;
  if (end - first <= samples.length) {
    // Neighbours share most of their samples, which are read once.
    const stretch = await pcm.read(first, end - first);
    for (const [row, chunk] of chunks.entries()) {
      const start = chunk * CHUNK_STEP_SAMPLES - first;
      samples.set(stretch.subarray(start, start + CHUNK_SAMPLES), row * CHUNK_SAMPLES);
    }
    return samples;
  }
  for (const [row, chunk] of chunks.entries()) {
    samples.set(await pcm.read(chunk * CHUNK_STEP_SAMPLES, CHUNK_SAMPLES), row * CHUNK_SAMPLES);
  }
  return samples;
}
