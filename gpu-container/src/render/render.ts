import type { ArtifactKind } from '#contracts/artifacts.ts';
import type { OutputFormat } from '#contracts/job-request.ts';
import type { Transcript } from '#contracts/transcript.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTsv, renderTxt } from './plain-text.ts';
import { renderRttm } from './rttm.ts';
import { renderSrt } from './srt.ts';
import { renderVtt } from './vtt.ts';

/** What one artifact holds, before anyone stores it. */
export type RenderedArtifact = { kind: ArtifactKind; body: string | Uint8Array };

/** Formats of a transcript; the others hold embeddings. */
type TranscriptFormat = Exclude<OutputFormat, 'npy' | 'ndjson'>;

const RENDERERS: Record<TranscriptFormat, (transcript: Transcript) => string> = {
  markdown: renderMarkdown,
  json: (transcript) => `${JSON.stringify(transcript, null, 2)}\n`,
  srt: renderSrt,
  vtt: renderVtt,
  txt: renderTxt,
  tsv: renderTsv,
  rttm: renderRttm,
};

/** Writes the transcript in each format that was asked for; who speaks when only where that is known. */
export function renderTranscript(
  transcript: Transcript,
  formats: readonly OutputFormat[],
): RenderedArtifact[] {
  return formats
    .filter((format) => format !== 'npy' && format !== 'ndjson')
    .filter((format) => format !== 'rttm' || transcript.turns !== undefined)
    .map((kind) => ({ kind, body: RENDERERS[kind](transcript) }));
}
