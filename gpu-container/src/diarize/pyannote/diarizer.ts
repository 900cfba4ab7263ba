import { SAMPLE_RATE } from '../../decode/pcm.ts';
import { centroidsOf } from '../cluster/centroids.ts';
import { clusterConfidences } from '../cluster/confidence.ts';
import { groupAlike } from '../cluster/group-alike.ts';
import type { Diarization, Diarizer, SpeakerTurn } from '../diarizer.ts';
import { absorbShortTurns } from '../short-turns.ts';
import type { SpeakerEmbedder } from '../speaker-embedder.ts';
import { assignSpeakers } from './assign-speakers.ts';
import { clusterVoices, type VoiceClusteringOptions } from './cluster-voices.ts';
import { type ChunkVoice, hearChunks, type SpokenChunk } from './hear-chunks.ts';
import { LOCAL_SPEAKERS } from './powerset.ts';
import { openSegmentation, type SegmentationOptions } from './segmentation.ts';
import { speakerActivity } from './speaker-activity.ts';
import { turnsOf } from './turns.ts';

/** What of the clustering depends on the embedding network. */
export type VoiceThresholds = Pick<VoiceClusteringOptions, 'minSimilarity' | 'minClusterSize'> & {
  /** Cosine similarity from which on two embeddings are of one voice. */
  readonly sameVoiceSimilarity: number;
};

/** The Euclidean threshold of pyannote/speaker-diarization-3.1. */
const PUBLISHED_DISTANCE = 0.7045654963945799;

/**
 * Of pyannote/speaker-diarization-3.1 with WeSpeaker embeddings. The similarity
 * from which on a clip is of a known voice is published nowhere; this one rather
 * names nobody than the wrong person.
 */
export const WESPEAKER_THRESHOLDS: VoiceThresholds = {
  minSimilarity: 1 - PUBLISHED_DISTANCE ** 2 / 2,
  minClusterSize: 12,
  sameVoiceSimilarity: 0.5,
};

/** More are grouped first: the time to cluster them grows with their square. */
const MAX_CLUSTERED = 4000;

export type PyannoteDiarizerOptions = SegmentationOptions & {
  /** The file of segmentation-3.0. */
  readonly segmentationPath: string;
  /** Catalog id of that file. Default `pyannote-segmentation-3.0`. */
  readonly segmentationId?: string;
  /** Owned by the diarizer from now on, which disposes it, also where it cannot be opened itself. */
  readonly embedder: SpeakerEmbedder;
  /** Default {@link WESPEAKER_THRESHOLDS}. */
  readonly thresholds?: VoiceThresholds;
};

/**
 * Loads the pipeline of pyannote/speaker-diarization-3.1 (Bredin, Interspeech
 * 2023): segmentation of overlapping chunks that knows of overlapping speech, an
 * embedding per speaker of a chunk, clustering, and the chunks put together
 * again. It differs from the published one in this:
 *
 * - chunks without any speech in them, by the regions given, are skipped;
 * - what a speaker of a chunk says is cut out of it instead of masked, see {@link hearChunks};
 * - speech too short for an embedding belongs to nobody, instead of to anybody;
 * - two speakers of a chunk are never one of all, where there are enough;
 * - more than 4000 embeddings are grouped before they are clustered.
 *
 * @throws RangeError for a model of another signature
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export async function openPyannoteDiarizer({
  segmentationPath,
  segmentationId = 'pyannote-segmentation-3.0',
  embedder,
  thresholds = WESPEAKER_THRESHOLDS,
  ...options
}: PyannoteDiarizerOptions): Promise<Diarizer> {
  const segmentation = await openSegmentation(segmentationPath, options).catch(async (error) => {
    await embedder.dispose();
    throw error;
  });
  const { minSimilarity, minClusterSize, sameVoiceSimilarity } = thresholds;
  return {
    modelIds: [segmentationId, embedder.modelId],
    async diarize(pcm, speech, { minSpeakers, maxSpeakers, minTurnSeconds = 0 }, run) {
      const { heard, voices } = await hearChunks(pcm, speech, { segmentation, embedder }, run);
      const clustering = { minSimilarity, minClusterSize, minSpeakers, maxSpeakers };
      const speakers = identify(voices, clustering);
      const chunks = withSpeakers(heard, voices, speakers);
      const speakerCount = speakers.reduce((most, speaker) => Math.max(most, speaker + 1), 0);
      const activity = speakerActivity(chunks, speakerCount, pcm.sampleCount);
      const turns = turnsOf(activity, pcm.sampleCount / SAMPLE_RATE);
      return withProfiles(absorbShortTurns(turns, minTurnSeconds), voices, speakers);
    },
    voices: {
      embed: async (samples) => (await embedder.embed([samples]))[0],
      sameVoiceSimilarity,
    },
    async dispose() {
      await Promise.all([segmentation.dispose(), embedder.dispose()]);
    },
  };
}

/** Which of all speakers each voice is. */
function identify(voices: readonly ChunkVoice[], clustering: VoiceClusteringOptions): Int32Array {
  const speakers = new Int32Array(voices.length);
  const centroids = speakerCentroids(
    voices.map(({ embedding }) => embedding),
    clustering,
  );
  for (let start = 0; start < voices.length; ) {
    const { heard } = voices[start]!;
    // The voices of a chunk stand together.
    let end = start + 1;
    while (voices[end]?.heard === heard) {
      end++;
    }
    const chunk = voices.slice(start, end);
    speakers.set(
      assignSpeakers(
        chunk.map(({ embedding }) => embedding),
        centroids,
      ),
      start,
    );
    start = end;
  }
  return speakers;
}

function speakerCentroids(
  embeddings: readonly Float32Array[],
  clustering: VoiceClusteringOptions,
): Float32Array[] {
  if (embeddings.length <= MAX_CLUSTERED) {
    return centroidsOf(embeddings, clusterVoices(embeddings, clustering));
  }
  const { centroids, sizes } = groupAlike(embeddings, {
    linkage: 'centroid',
    minSimilarity: (1 + clustering.minSimilarity) / 2,
  });
  return centroidsOf(centroids, clusterVoices(centroids, clustering, sizes), sizes);
}

function withSpeakers(
  heard: readonly SpokenChunk[],
  voices: readonly ChunkVoice[],
  speakers: Int32Array,
) {
  const chunks = heard.map((chunk) => ({
    ...chunk,
    speakers: new Array<number | undefined>(LOCAL_SPEAKERS).fill(undefined),
  }));
  for (const [index, { heard, local }] of voices.entries()) {
    chunks[heard]!.speakers[local] = speakers[index]!;
  }
  return chunks;
}

/** Numbers the speakers by their first turn, and tells what each sounds like. */
function withProfiles(
  turns: readonly SpeakerTurn[],
  voices: readonly ChunkVoice[],
  speakers: Int32Array,
): Diarization {
  const order = [...new Set(turns.map(({ speaker }) => speaker))];
  const embeddings = voices.map(({ embedding }) => embedding);
  const labels = speakers.map((speaker) => order.indexOf(speaker));
  const centroids = centroidsOf(embeddings, labels);
  const confidences = clusterConfidences(embeddings, labels, centroids);
  return {
    turns: turns.map((turn) => ({ ...turn, speaker: order.indexOf(turn.speaker) })),
    speakers: order.map((_, speaker) => ({
      embedding: centroids[speaker]!,
      confidence: confidences[speaker]!,
    })),
  };
}
