import { readFileSync, writeFileSync } from 'node:fs';
import { openApiDocument } from './document.ts';

const fromRoot = (path: string) => new URL(`../../${path}`, import.meta.url);

const { version } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));
writeFileSync(
  fromRoot('docs/openapi.json'),
  `${JSON.stringify(openApiDocument(version), null, 2)}\n`,
);
process.stdout.write('wrote docs/openapi.json\n');
