import { z } from 'zod';

/** Every file that a job can leave behind, by the name a reader asks for. */
export const ARTIFACTS = {
  markdown: { file: 'transcript.md', contentType: 'text/markdown; charset=utf-8' },
  json: { file: 'transcript.json', contentType: 'application/json' },
  srt: { file: 'transcript.srt', contentType: 'application/x-subrip; charset=utf-8' },
  vtt: { file: 'transcript.vtt', contentType: 'text/vtt; charset=utf-8' },
  txt: { file: 'transcript.txt', contentType: 'text/plain; charset=utf-8' },
  tsv: { file: 'transcript.tsv', contentType: 'text/tab-separated-values; charset=utf-8' },
  rttm: { file: 'transcript.rttm', contentType: 'text/plain; charset=utf-8' },
  embeddings: { file: 'embeddings.json', contentType: 'application/json' },
  npy: { file: 'embeddings.npy', contentType: 'application/octet-stream' },
  textNpy: { file: 'text-embeddings.npy', contentType: 'application/octet-stream' },
  ndjson: { file: 'embeddings.ndjson', contentType: 'application/x-ndjson' },
  manifest: { file: 'manifest.json', contentType: 'application/json' },
} as const;

export type ArtifactKind = keyof typeof ARTIFACTS;

export const artifactSchema = z
  .strictObject({
    kind: z.enum(Object.keys(ARTIFACTS) as [ArtifactKind, ...ArtifactKind[]]),
    bucket: z.string(),
    key: z.string(),
    bytes: z.int().nonnegative(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    contentType: z.string(),
  })
  .meta({ id: 'Artifact' });

export type Artifact = z.infer<typeof artifactSchema>;
