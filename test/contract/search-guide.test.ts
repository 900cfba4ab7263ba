import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Embeddings } from '#contracts/embeddings.ts';
import { renderEmbeddings } from '../../gpu-container/src/render/embeddings.ts';
import { startLoopbackServer } from '../environment/loopback-server.ts';
import { makeScratchDir } from '../environment/scratch-dir.ts';

const guide = readFileSync('docs/search.md', 'utf8');
const [, program = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(guide) ?? [];

const MAX_LINES = 15;

/** A job's embeddings.ndjson, as the worker writes it. */
function linesOf(jobId: string, version: string, passages: [said: string, vector: number[]][]) {
  const items = passages.map(([said, vector], index) => {
    return { index, start: index * 10, end: index * 10 + 5, text: said, vector };
  });
  const document: Embeddings = {
    schemaVersion: '1.1',
    jobId,
    text: { model: 'm', version, dims: 2, file: 'embeddings.npy', granularity: 'segment', items },
    warnings: [],
    metadata: {},
  };
  return String(renderEmbeddings({ document }, ['ndjson'])[0]?.body);
}

describe('docs/search.md', () => {
  it('searches in as many lines as it takes no database for', () => {
    expect(program.trim().split('\n').length).toBeLessThanOrEqual(MAX_LINES);
  });

  it('finds what is nearest over all jobs, among vectors of the same version', async () => {
    await using scratch = await makeScratchDir();
    const jobs: [string, string][] = [
      [
        'one',
        linesOf('one', 'm@1', [
          ['far', [0, 1]],
          ['near', [0.8, 0.6]],
        ]),
      ],
      ['two', linesOf('two', 'm@1', [['nearest', [1, 0]]])],
      ['empty', linesOf('empty', 'm@1', [])],
      ['old', linesOf('old', 'm@0', [['of another model', [1, 0]]])],
    ];
    for (const [job, lines] of jobs) {
      await mkdir(join(scratch.path, job));
      await writeFile(join(scratch.path, job, 'embeddings.ndjson'), lines);
    }
    const questions: unknown[] = [];
    await using service = await startLoopbackServer(async (request, response) => {
      questions.push([
        request.url,
        request.headers.authorization,
        JSON.parse(await readText(request)),
      ]);
      response.end(JSON.stringify({ version: 'm@1', dims: 2, embedding: [1, 0] }));
    });
    const file = join(scratch.path, 'search.mjs');
    await writeFile(file, program);

    const { stdout } = await promisify(execFile)(
      process.execPath,
      [file, scratch.path, 'what is near?'],
      { env: { SERVICE_URL: service.origin, SERVICE_TOKEN: 'secret' } },
    );

    expect(stdout.trim().split('\n')).toEqual([
      '1.000 two 0 nearest',
      '0.800 one 10 near',
      '0.000 one 0 far',
    ]);
    expect(questions).toEqual([['/v1/embed/text', 'Bearer secret', { text: 'what is near?' }]]);
  });
});
