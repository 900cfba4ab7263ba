import type { SentError } from './sent-error.ts';

/** To a thread: a call by its number, or the end of one. */
export type ToThread<Request> =
  | { readonly id: number; readonly request: Request }
  | { readonly abort: number };

/** From a thread: first whether it is ready, then what it tells of its calls and answers them with. */
export type FromThread<Facts> =
  | { readonly ready: Facts }
  | { readonly failed: SentError }
  | { readonly id: number; readonly news: unknown }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: SentError };
