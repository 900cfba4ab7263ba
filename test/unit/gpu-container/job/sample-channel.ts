import { warning } from '#contracts/transcript.ts';
import type { TranscriptionState } from '../../../../gpu-container/src/job/checkpoint.ts';
import type { ChannelTranscription } from '../../../../gpu-container/src/job/transcribe-channels.ts';
import { sampleSegment } from '../sample-transcript.ts';

/** A channel that is transcribed to its end, and all of whose speech is in its segments. */
export function sampleChannel(parts: {
  channel?: number;
  language: TranscriptionState['language'];
  says: readonly (readonly [start: number, end: number, text: string])[];
}): ChannelTranscription {
  const segments = parts.says.map(([start, end, text]) => {
    const { id: _, ...segment } = sampleSegment({ start, end, text });
    return segment;
  });
  return {
    ...(parts.channel !== undefined && { channel: parts.channel }),
    state: {
      cursor: { next: segments.length, open: [] },
      batchSize: 1,
      language: parts.language,
      segments,
      warnings: segments.length === 0 ? [warning('NO_SPEECH')] : [],
    },
    speech: segments.map(({ start, end }) => ({ start, end })),
  };
}
