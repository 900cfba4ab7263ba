import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '../../../../lambdas/api/jobs/canonical-json.ts';

const canonical = (text: string) => canonicalJson(JSON.parse(text));

describe('canonical JSON', () => {
  it.each([
    ['{"b":1,"a":{"d":2,"c":3}}', '{"a":{"c":3,"d":2},"b":1}'],
    ['[{"b":1,"a":2}]', '[{"a":2,"b":1}]'],
    [' { "a" : 1.0 } ', '{"a":1}'],
    ['{"2":1,"10":2}', '{"10":2,"2":1}'],
  ])('of %s is that of %s', (one, other) => {
    expect(canonical(one)).toBe(canonical(other));
  });

  it.each([
    ['{"a":[1,2]}', '{"a":[2,1]}'],
    ['{"a":1}', '{"a":"1"}'],
    ['{"a":null}', '{}'],
    ['{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'],
    ['{"__proto__":1}', '{}'],
  ])('of %s is not that of %s', (one, other) => {
    expect(canonical(one)).not.toBe(canonical(other));
  });
});
