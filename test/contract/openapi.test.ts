import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { ERRORS } from '#contracts/errors.ts';
import { openApiDocument } from '#contracts/openapi/document.ts';
import committed from '../../docs/openapi.json' with { type: 'json' };
import { createApp } from '../../lambdas/api/app.ts';
import type { ApiDependencies } from '../../lambdas/api/dependencies.ts';

type Operation = {
  operationId: string;
  security?: object[];
  parameters?: { name: string; in: string }[];
  responses: Record<string, { content?: Record<string, { example?: unknown }> }>;
};

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const document = JSON.parse(JSON.stringify(openApiDocument(version)));

const operations = Object.entries(
  document.paths as Record<string, Record<string, Operation>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    route: `${method.toUpperCase()} ${path}`,
    operation,
  })),
);

/** Every value under a key, anywhere in a JSON value. */
function valuesOf(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key ? [inner, ...valuesOf(inner, key)] : valuesOf(inner, key),
  );
}

describe('docs/openapi.json', () => {
  it('is what the schemas say today (npm run openapi writes it)', () => {
    expect(committed).toEqual(document);
  });

  it('has the routes of the API, all of them and no others', () => {
    const app = createApp({ log: pino({ level: 'silent' }) } as ApiDependencies);
    const served = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);

    expect(served.length).toBeGreaterThan(0);
    expect(operations.map(({ route }) => route).sort()).toEqual(served.sort());
  });

  it('points nowhere outside itself', () => {
    const references = valuesOf(document, '$ref') as string[];
    expect(references.length).toBeGreaterThan(50);
    for (const reference of references) {
      const target = reference
        .replace('#/', '')
        .split('/')
        .reduce((value, name) => value?.[name], document);
      expect([reference, target]).toEqual([reference, expect.any(Object)]);
    }
  });

  it('asks for the API key everywhere but at the health check', () => {
    expect(document.security).toEqual([{ apiKey: [] }]);
    expect(document.components.securitySchemes.apiKey).toMatchObject({
      type: 'apiKey',
      in: 'header',
      name: 'x-api-key',
    });
    const open = operations.filter(({ operation }) => operation.security !== undefined);
    expect(open.map(({ route }) => route)).toEqual(['GET /v1/health']);
  });

  it('takes an Idempotency-Key where a job is created', () => {
    const create = operations.find(({ route }) => route === 'POST /v1/jobs');
    expect(create?.operation.parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header' }),
    );
  });

  it.each(operations.map(({ route, operation }) => [route, operation] as const))(
    'tells success and every error of %s',
    (_route, operation) => {
      const statuses = Object.keys(operation.responses);
      expect(statuses.filter((status) => status.startsWith('2'))).toHaveLength(1);
      expect(statuses).toEqual(expect.arrayContaining(['403', '405', '429', '500', '504']));
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (Number(status) >= 400) {
          expect(content?.['application/problem+json']).toMatchObject({
            schema: { $ref: '#/components/schemas/Problem' },
          });
        }
      }
    },
  );

  it('gives each error example its own status', () => {
    const { examples } = document.components;
    for (const { operation } of operations) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        const problems = content?.['application/problem+json'] as { examples?: object } | undefined;
        for (const code of Object.keys(problems?.examples ?? {})) {
          expect(examples[code].value.status).toBe(Number(status));
        }
      }
    }
    expect(Object.keys(examples).sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it('describes the events that a webhook receives', () => {
    expect(document.webhooks.event.post.requestBody.content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/WebhookEvent',
    });
  });
});
