import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { findUnavailable } from '#contracts/availability/find-unavailable.ts';
import { embeddingsSchema } from '#contracts/embeddings.ts';
import { ERRORS } from '#contracts/errors.ts';
import { JOB_STATUSES } from '#contracts/job-record.ts';
import { jobRequestSchema } from '#contracts/job-request.ts';
import { transcriptSchema, WARNINGS } from '#contracts/transcript.ts';
import { EVENT_TYPES } from '#contracts/webhook-event-types.ts';
import { webhookEventSchema } from '#contracts/webhook-events.ts';
import openApi from '../../docs/openapi.json' with { type: 'json' };

const guide = readFileSync('docs/api.md', 'utf8');

/** The cells of every table row of the guide. */
const tableRows = guide
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

/** The guide's code blocks of one language. */
function blocks(language: string): string[] {
  const matches = guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...matches].map(([, text = '']) => text);
}

describe('docs/api.md', () => {
  it.each(Object.entries(ERRORS))('explains %s as the code does', (code, definition) => {
    const { status, title, hint } = definition;
    const row = tableRows.find(([name]) => name === `\`${code}\``);
    expect(row).toEqual([`\`${code}\``, String(status), `${title}.`, hint]);
  });

  it('explains no code that does not exist', () => {
    const codes = tableRows
      .filter(([, status = '']) => /^\d{3}$/.test(status))
      .map(([name = '']) => name.replaceAll('`', ''));
    expect(codes.sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it.each([...JOB_STATUSES, ...EVENT_TYPES, ...Object.keys(WARNINGS)])('names %s', (name) => {
    expect(guide).toContain(`\`${name}\``);
  });

  it('shows every route', () => {
    for (const [path, methods] of Object.entries(openApi.paths)) {
      for (const method of Object.keys(methods)) {
        expect(guide).toContain(`\`${method.toUpperCase()} ${path}\``);
      }
    }
  });

  it('shows events as they are', () => {
    const events = blocks('json')
      .map((text) => JSON.parse(text))
      .filter((value) => typeof value.type === 'string' && value.type.startsWith('job.'));
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
    for (const event of events) {
      expect(webhookEventSchema.parse(event)).toEqual(event);
    }
  });

  it('shows speakers as the transcript document has them', () => {
    const shown = blocks('json')
      .map((text) => JSON.parse(text))
      .filter((value) => 'speakers' in value);
    const schema = transcriptSchema.pick({ speakers: true, turns: true, diarization: true });

    expect(shown).toHaveLength(1);
    expect(schema.parse(shown[0])).toEqual(shown[0]);
  });

  it('shows the embeddings document as it is', () => {
    const shown = blocks('json')
      .map((text) => JSON.parse(text))
      .filter((value) => 'schemaVersion' in value);

    expect(shown).toHaveLength(1);
    expect(embeddingsSchema.parse(shown[0])).toEqual(shown[0]);
  });

  it('shows requests that this version takes', () => {
    const bodies = blocks('sh').flatMap((text) =>
      [...text.matchAll(/\/v1\/jobs"[^|]*?-d '(\{[\s\S]*?\})'/g)].map(([, body = '']) => body),
    );
    expect(bodies.length).toBeGreaterThan(1);
    for (const body of bodies) {
      expect(findUnavailable(jobRequestSchema.parse(JSON.parse(body)))).toEqual([]);
    }
  });
});
