import type { Measurement } from '../measurements.ts';

/** What a side says, a line of JSON each on standard output. */
export type SideLine =
  | { readonly measurement: Measurement }
  /** Nothing more comes after it. */
  | { readonly failure: string; readonly code?: string; readonly hint?: string };

/** What every side is told; the rest of a request is the part's own. */
export type Setup = {
  readonly device: 'cpu' | 'cuda';
  readonly precision: 'fp32' | 'fp16';
  /** Timed runs of the same thing, after one that is not. */
  readonly rounds: number;
};
