import type { Speaker } from '#contracts/transcript.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { clockTime } from './timestamp.ts';

const HOUR_SECONDS = 3_600;

/**
 * A Markdown table of who talks for how long, and for what share of all talking.
 * Speakers whom the request gave one name are one person.
 */
export function speakerTable(speakers: readonly Speaker[]): string {
  const total = talkSeconds(speakers);
  const rows = [...Map.groupBy(speakers, ({ label, name }) => name ?? label)].map(([name, own]) => {
    const seconds = talkSeconds(own);
    const share = total === 0 ? 0 : Math.round((100 * seconds) / total);
    const cell = escapeMarkdown(name).replaceAll('|', '\\|');
    return `| ${cell} | ${talkTime(seconds)} | ${share} % |`;
  });
  return ['| Speaker | Talk time | Share |', '| :-- | --: | --: |', ...rows].join('\n');
}

function talkSeconds(speakers: readonly Speaker[]): number {
  return speakers.reduce((sum, speaker) => sum + speaker.talkSeconds, 0);
}

/** `mm:ss`, with the hours before them where there are any. */
function talkTime(seconds: number): string {
  const rounded = Math.round(seconds);
  const time = clockTime(rounded);
  return rounded < HOUR_SECONDS ? time.slice('00:'.length) : time;
}
