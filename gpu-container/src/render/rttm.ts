import type { Transcript } from '#contracts/transcript.ts';

/**
 * Who speaks when, in NIST's Rich Transcription Time Marked format, which
 * scorers of diarization read: file, channel, start and duration in seconds, label.
 */
export function renderRttm(transcript: Transcript): string {
  return (transcript.turns ?? [])
    .map(({ start, end, speaker }) => {
      const times = `${start.toFixed(3)} ${(end - start).toFixed(3)}`;
      return `SPEAKER ${transcript.jobId} 1 ${times} <NA> <NA> ${speaker} <NA> <NA>\n`;
    })
    .join('');
}
