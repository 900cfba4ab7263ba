import { randomUUID } from 'node:crypto';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../emulators/account.ts';
import { matchesPattern } from './event-pattern.ts';

/** A rule of the default event bus and the functions it calls. */
export type EventRule = {
  arn: string;
  pattern: unknown;
  /** Milliseconds between two calls, for a rule that is a schedule. */
  everyMs: number | undefined;
  targets: readonly ((event: unknown) => Promise<unknown>)[];
};

/** EventBridge tries a failing target again for up to a day; a laptop needs less. */
const DELIVERY_ATTEMPTS = 3;
const RETRY_DELAY_MS = 500;

export type EventBus = AsyncDisposable & {
  /** Hands an event to the targets of every rule that it fits. */
  put(event: unknown): void;
};

/** EventBridge's rules and schedules, delivered at least once and not later than stop. */
export function startEventBus(
  rules: readonly EventRule[],
  onError: (error: unknown) => void,
): EventBus {
  const deliveries = new Set<Promise<void>>();
  let closed = false;

  const deliver = (target: EventRule['targets'][number], event: unknown) => {
    const delivery = attempt(target, event)
      .catch(onError)
      .finally(() => deliveries.delete(delivery));
    deliveries.add(delivery);
  };

  const timers = rules.flatMap((rule) =>
    rule.everyMs === undefined
      ? []
      : [
          setInterval(() => {
            const event = scheduledEvent(rule.arn);
            for (const target of rule.targets) {
              deliver(target, event);
            }
          }, rule.everyMs),
        ],
  );

  return {
    put: (event) => {
      if (closed) {
        return;
      }
      for (const rule of rules) {
        if (rule.pattern !== undefined && matchesPattern(rule.pattern, event)) {
          for (const target of rule.targets) {
            deliver(target, event);
          }
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      for (const timer of timers) {
        clearInterval(timer);
      }
      await Promise.all(deliveries);
    },
  };
}

async function attempt(target: EventRule['targets'][number], event: unknown): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      await target(event);
      return;
    } catch (error) {
      if (tried === DELIVERY_ATTEMPTS) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * 2 ** tried));
    }
  }
}

function scheduledEvent(ruleArn: string) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: LOCAL_ACCOUNT,
    time: new Date().toISOString(),
    region: LOCAL_REGION,
    resources: [ruleArn],
    detail: {},
  };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** Milliseconds of `rate(5 minutes)`. @throws Error for a cron expression, which has no local meaning */
export function rateMs(expression: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMs = UNIT_MS[unit];
  if (count === undefined || unitMs === undefined) {
    throw new Error(`the schedule ${expression} is not emulated`);
  }
  return Number(count) * unitMs;
}
