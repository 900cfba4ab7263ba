import type { ErrorCode } from '../errors.ts';

/** Something that a valid request asks for and this version cannot do. */
export type Unavailable = {
  code: Extract<ErrorCode, 'NOT_AVAILABLE' | 'MODEL_NOT_FOUND' | 'INVALID_REQUEST'>;
  /** Dotted path into the request. */
  path: string;
  message: string;
};

/** Why dims are refused of most models. */
export const UNTRAINED_FOR_DIMS =
  'was not trained so that the first numbers of its vectors mean something by themselves (Matryoshka); leave dims out';

export function invalid(path: string, message: string): Unavailable {
  return { code: 'INVALID_REQUEST', path, message };
}

export function notAvailable(path: string, message: string): Unavailable {
  return { code: 'NOT_AVAILABLE', path, message };
}

export function modelNotFound(path: string, model: string): Unavailable {
  return { code: 'MODEL_NOT_FOUND', path, message: `there is no model ${model}` };
}
