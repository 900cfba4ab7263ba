import type { Unavailable } from '#contracts/availability/unavailable.ts';
import { Refusal } from './refusal.ts';

/** A request asks for a model that this service does not have loaded. */
export function modelNotServed(model: string, served: readonly string[]): Refusal {
  return new Refusal('MODEL_NOT_FOUND', {
    message: `this service has no model ${model}; it has ${served.join(', ')}`,
    hint: 'Leave the model out, or start the service with another one: docs/service.md tells how.',
  });
}

/** The service runs without any model of a kind. */
export function notServed(what: string, variable: string): Refusal {
  return new Refusal('NOT_AVAILABLE', {
    message: `this service ${what}`,
    hint: `Set ${variable} where the service is started.`,
  });
}

/**
 * Refuses what a model cannot do, as the job API does.
 *
 * @throws Refusal with an issue for each, by the name of the field
 */
export function refuseUnavailable(unavailable: readonly Unavailable[]): void {
  const [first] = unavailable;
  if (first !== undefined) {
    throw new Refusal(first.code, {
      issues: unavailable.map(({ path, message, code }) => ({
        path: path.split('.').at(-1) ?? path,
        reason: code === 'NOT_AVAILABLE' ? 'NOT_AVAILABLE' : 'INVALID_VALUE',
        message,
      })),
    });
  }
}
