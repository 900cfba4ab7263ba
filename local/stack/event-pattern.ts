/**
 * Whether an event fits the pattern of an EventBridge rule: every field of the
 * pattern is there, with one of the listed values. Values may be `prefix`,
 * `suffix`, `exists` and `anything-but` filters:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 *
 * @throws Error for any other kind of filter: a rule that is not understood
 *   must not look like one that does not match.
 */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values = Array.isArray(event) ? event : [event];
    return pattern.some((filter) => values.some((value) => matchesFilter(filter, value)));
  }
  if (!isObject(pattern)) {
    throw new Error(`a pattern is an object of lists, not ${JSON.stringify(pattern)}`);
  }
  return Object.entries(pattern).every(([field, inner]) =>
    matchesPattern(inner, isObject(event) ? event[field] : undefined),
  );
}

function matchesFilter(filter: unknown, value: unknown): boolean {
  if (!isObject(filter)) {
    return filter === value;
  }
  const [kind = '', argument] = Object.entries(filter)[0] ?? [];
  switch (kind) {
    case 'prefix':
      return typeof value === 'string' && value.startsWith(String(argument));
    case 'suffix':
      return typeof value === 'string' && value.endsWith(String(argument));
    case 'exists':
      return (value !== undefined) === argument;
    case 'anything-but':
      return value !== undefined && ![argument].flat().includes(value);
    default:
      throw new Error(`the event filter ${kind} is not emulated`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
