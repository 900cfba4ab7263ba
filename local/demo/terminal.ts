/** Where the demo writes: standard output, or what a test looks at. */
export type Output = { isTTY?: boolean; columns?: number; write(text: string): unknown };

const CLEAR_LINE = '\r\u001b[K';
const DEFAULT_COLUMNS = 80;

export type Terminal = {
  /** Whether a status is replaced by the next one; elsewhere each is a line, and few are better. */
  isLive: boolean;
  /** A line that stays. */
  line(text?: string): void;
  /** What is going on now: one line that is replaced on a terminal, a line of its own elsewhere. */
  status(text: string): void;
};

/** An error as everybody is shown it: what it is, and what to do about it. */
export function showError(
  { code, message, hint }: { code: string; message: string; hint: string },
  terminal: Terminal,
): void {
  terminal.line(`${code}: ${message}`);
  terminal.line(hint);
}

export function createTerminal(output: Output): Terminal {
  let showing = '';
  const clear = () => (output.isTTY === true && showing !== '' ? CLEAR_LINE : '');
  return {
    isLive: output.isTTY === true,
    line: (text = '') => {
      output.write(`${clear()}${text}\n`);
      showing = '';
    },
    status: (text) => {
      if (text === showing) {
        return;
      }
      if (output.isTTY === true) {
        output.write(`${CLEAR_LINE}${text.slice(0, (output.columns || DEFAULT_COLUMNS) - 1)}`);
      } else {
        output.write(`${text}\n`);
      }
      showing = text;
    },
  };
}
