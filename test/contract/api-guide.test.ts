import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERRORS } from '#contracts/errors.ts';
import { JOB_STATUSES } from '#contracts/job-record.ts';
import { jobRequestSchema } from '#contracts/job-request.ts';
import { findUnavailable } from '#contracts/availability.ts';
import { EVENT_TYPES } from '#contracts/webhook-event-types.ts';
import { WARNINGS } from '#contracts/transcript.ts';
import { webhookEventSchema } from '#contracts/webhook-events.ts';
import openApi from '../../docs/openapi.json' with { type: 'json' };

const guide = readFileSync('docs/api.md', 'utf8');

/** The guide's code blocks of one language. */
function blocks(language: string): string[] {
  const matches = guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...matches].map(([, text = '']) => text);
}

describe('docs/api.md', () => {
  it.each(Object.entries(ERRORS))('explains %s as the code does', (code, { status, title, hint }) => {
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${code}\` |`));
    expect(row).toBe(`| \`${code}\` | ${status} | ${title}. | ${hint} |`);
  });

  it('explains no code that does not exist', () => {
    const codes = [...guide.matchAll(/^\| `([A-Z_]+)` \| \d{3} \|/gm)].map(([, code]) => code);
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
