/** Of a time in seconds, milliseconds: finer than any recogniser hears. */
export const TIME_DIGITS = 3;

/** A number rounded to so many digits after its point. */
export function toDigits(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
