/** A clock that moves only when it is told to; it begins at the present, which verifiers of signatures compare with. */
export type ManualClock = {
  now: () => Date;
  iso: () => string;
  advance: (seconds: number) => void;
};

export function createManualClock(start: Date = new Date()): ManualClock {
  let time = start.getTime();
  return {
    now: () => new Date(time),
    iso: () => new Date(time).toISOString(),
    advance: (seconds) => {
      time += seconds * 1_000;
    },
  };
}
