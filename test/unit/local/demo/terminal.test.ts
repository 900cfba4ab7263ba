import { describe, expect, it } from '@jest/globals';
import { describeProgress } from '../../../../local/demo/follow-job.ts';
import { createTerminal } from '../../../../local/demo/terminal.ts';

function record(isTTY: boolean, columns = 20) {
  const written: string[] = [];
  const terminal = createTerminal({ isTTY, columns, write: (text) => written.push(text) });
  return { terminal, written };
}

describe('createTerminal', () => {
  it('replaces one line on a terminal, cut to its width', () => {
    const { terminal, written } = record(true);
    terminal.status('first');
    terminal.status('a status that is longer than the terminal is wide');
    terminal.line('done');
    expect(written).toEqual([
      '\r\u001b[Kfirst',
      '\r\u001b[Ka status that is lo',
      '\r\u001b[Kdone\n',
    ]);
  });

  it('cuts nothing off where a terminal does not know its width', () => {
    const { terminal, written } = record(true, 0);
    terminal.status('transcribe   20 %');
    expect(written).toEqual(['\r\u001b[Ktranscribe   20 %']);
  });

  it('writes whole lines elsewhere, without control characters, each status once', () => {
    const { terminal, written } = record(false);
    terminal.status('working');
    terminal.status('working');
    terminal.line('done');
    expect(written).toEqual(['working\n', 'done\n']);
  });
});

describe('describeProgress', () => {
  it('tells stage, percent and speed', () => {
    const progress = {
      stage: 'transcribe',
      fraction: 0.639,
      mediaSeconds: 12,
      sequence: 3,
    } as const;
    expect(describeProgress({ ...progress, realTimeFactor: 4.24 })).toBe(
      'transcribe   63 %  4.2× real time',
    );
    expect(describeProgress(progress)).toBe('transcribe   63 %');
  });
});
