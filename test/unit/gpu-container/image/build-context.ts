import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Whether .dockerignore lets a path (relative to the context) into the build. */
export type ContextFilter = (path: string) => boolean;

/**
 * Docker's rules for .dockerignore: a pattern matches a path or one of its parent
 * folders, and of the patterns that match, the last one decides.
 */
function readDockerignore(text: string): ContextFilter {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ pattern: toRegExp(line.replace(/^!/, '')), ignored: !line.startsWith('!') }));
  return (path) => {
    const parts = path.split('/');
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    const rule = rules.findLast(({ pattern }) => prefixes.some((prefix) => pattern.test(prefix)));
    return rule?.ignored !== true;
  };
}

/** Docker's wildcards: `*` and `?` within one name (a leading dot too), `**` over any folders. */
function toRegExp(pattern: string): RegExp {
  const translated = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(
      /\*\*\/|\*\*|\*|\?/g,
      (wildcard) =>
        ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[wildcard] as string,
    );
  return new RegExp(`^${translated}$`);
}

/** The files below a path that the build sees, relative to the context. */
export function contextFiles(context: string, path: string, isIncluded: ContextFilter): string[] {
  if (statSync(join(context, path)).isFile()) {
    return isIncluded(path) ? [path] : [];
  }
  return readdirSync(join(context, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(context, join(entry.parentPath, entry.name)))
    .filter(isIncluded);
}

export function readContextFilter(context: string): ContextFilter {
  return readDockerignore(readFileSync(join(context, '.dockerignore'), 'utf8'));
}
