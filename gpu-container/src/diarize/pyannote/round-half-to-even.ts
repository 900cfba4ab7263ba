/** The nearest whole number, and the even one of two that are as near: numpy's and Python's rounding, which the published numbers come from. */
export function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}
