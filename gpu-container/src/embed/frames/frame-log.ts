/** What the filter showinfo tells of a frame on its way out. */
export type LoggedFrame = { time: number; width: number; height: number };

/** Only a filter's own lines begin like this: ffmpeg indents or prefixes whatever a file says. */
const FRAME =
  /^\[Parsed_showinfo_\d+ @ [^\]]+\] (?:\[info\] )?n: *\d+ pts: *(-?\d+|NOPTS) .* s:(\d+)x(\d+) /;
const TIME_BASE =
  /^\[Parsed_showinfo_\d+ @ [^\]]+\] (?:\[info\] )?config in time_base: (\d+)\/(\d+),/;

/**
 * Reads the lines of showinfo out of ffmpeg's log. They carry each frame's
 * timestamp in ticks and the base of these, where `pts_time` beside them is
 * rounded to six digits.
 *
 * @returns a function that takes a line and gives the frame that it tells of
 */
export function frameLogReader(): (line: string) => LoggedFrame | null {
  let timeBase = { numerator: 0, denominator: 1 };
  return (line) => {
    const base = TIME_BASE.exec(line);
    if (base !== null) {
      timeBase = { numerator: Number(base[1]), denominator: Number(base[2]) };
      return null;
    }
    const frame = FRAME.exec(line);
    if (frame === null) {
      return null;
    }
    const ticks = Number(frame[1]);
    return {
      time: Number.isNaN(ticks) ? 0 : (ticks * timeBase.numerator) / timeBase.denominator,
      width: Number(frame[2]),
      height: Number(frame[3]),
    };
  };
}
