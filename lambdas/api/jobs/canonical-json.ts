/** A JSON value as text that does not depend on the order in which an object's keys were written. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? sortKeys(inner) : inner,
  );
}

function sortKeys(object: object): object {
  const entries = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
  // Without a prototype, `__proto__` is a key like any other.
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}
