import type { z } from 'zod';

/** An error as an AWS service answers it: the SDK makes an exception of this name from it. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: 400 | 404 | 500;

  constructor(code: string, message: string, status: 400 | 404 | 500 = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Reads an operation's input. @throws AwsError `code` that names every field that does not fit */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  code: string,
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (!result.success) {
    const faults = result.error.issues.map(
      (issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`,
    );
    throw new AwsError(code, faults.join('; '));
  }
  return result.data;
}
