/** Thrown where a process is said to end: whoever catches it cannot go on, since its I/O is gone too. */
class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
}

/** Counts the I/O of one process and ends it at one call, before the call is made or after its answer is lost. */
export type CrashPlan = {
  /** The call at which the process ends; none where it is beyond the last. */
  at: number;
  moment: 'before' | 'after';
};

export type Process = {
  /** The same object, whose asynchronous methods go through the plan. */
  wrap<Service extends object>(service: Service): Service;
  /** Whether the plan has ended it. */
  hasEnded(): boolean;
};

export function startProcess(plan: CrashPlan): Process {
  let calls = 0;
  let ended = false;

  async function call<Result>(run: () => Promise<Result>): Promise<Result> {
    if (ended) {
      throw new ProcessEnded();
    }
    calls += 1;
    const isLast = calls === plan.at;
    if (isLast && plan.moment === 'before') {
      ended = true;
      throw new ProcessEnded();
    }
    const result = await run();
    if (isLast) {
      ended = true;
      throw new ProcessEnded();
    }
    return result;
  }

  return {
    hasEnded: () => ended,
    wrap: (service) =>
      new Proxy(service, {
        get: (target, name, receiver) => {
          const member: unknown = Reflect.get(target, name, receiver);
          return typeof member === 'function'
            ? (...args: unknown[]) => call(async () => member.apply(target, args))
            : member;
        },
      }),
  };
}
