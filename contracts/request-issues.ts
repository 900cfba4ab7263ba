import { z } from 'zod';

/** One fault of a request: where it is and what it is. */
export const requestIssueSchema = z
  .strictObject({
    path: z.string().meta({
      description: 'Dotted path into the body; empty for the body itself.',
      example: 'tasks.transcription.model',
    }),
    reason: z.enum(['UNKNOWN_FIELD', 'INVALID_VALUE', 'NOT_ALLOWED', 'NOT_AVAILABLE']),
    message: z.string(),
  })
  .meta({ id: 'RequestIssue' });

export type RequestIssue = z.infer<typeof requestIssueSchema>;

/** Flattens a zod error into issues, one per field, with a union's own message only where no branch fits better. */
export function requestIssues(error: z.core.$ZodError): RequestIssue[] {
  return error.issues.flatMap((issue) => flatten(issue, []));
}

function flatten(issue: z.core.$ZodIssue, parents: readonly PropertyKey[]): RequestIssue[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key].map(String).join('.'),
      reason: 'UNKNOWN_FIELD',
      message: 'there is no such field',
    }));
  }
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch !== undefined) {
      return branch.flatMap((inner) => flatten(inner, path));
    }
  }
  return [{ path: path.map(String).join('.'), reason: 'INVALID_VALUE', message: issue.message }];
}

/**
 * The branch the caller meant: of the right type, and the only one of those in
 * which every field given is known. Undefined where none or several fit so.
 */
function closestBranch(
  branches: readonly z.core.$ZodIssue[][],
): readonly z.core.$ZodIssue[] | undefined {
  const atRoot = (code: string) => (branch: readonly z.core.$ZodIssue[]) =>
    branch.some((issue) => issue.path.length === 0 && issue.code === code);
  const ofRightType = branches.filter((branch) => !atRoot('invalid_type')(branch));
  if (ofRightType.length === 1) {
    return ofRightType[0];
  }
  const known = ofRightType.filter((branch) => !atRoot('unrecognized_keys')(branch));
  return known.length === 1 ? known[0] : undefined;
}

/** In a sentence: the first fault and how many more there are; undefined where there is none. */
export function summarizeIssues(issues: readonly RequestIssue[] = []): string | undefined {
  const [first, ...others] = issues;
  if (first === undefined) {
    return undefined;
  }
  const place = first.path === '' ? 'the body' : first.path;
  const rest = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${place}: ${first.message}${rest}`;
}
