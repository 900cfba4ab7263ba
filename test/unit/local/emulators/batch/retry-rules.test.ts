import { describe, expect, it } from '@jest/globals';
import {
  type RetryStrategy,
  retryStrategySchema,
} from '../../../../../local/emulators/batch/job-definition.ts';
import { decideAfterFailure } from '../../../../../local/emulators/batch/retry-rules.ts';

const strategy = (
  evaluateOnExit: RetryStrategy['evaluateOnExit'],
  attempts = 3,
): RetryStrategy => ({ attempts, evaluateOnExit });

const ended = { exitCode: 1, statusReason: 'Essential container in task exited' };

describe('decideAfterFailure', () => {
  it('retries where no rule matches', () => {
    const rules = strategy([{ onExitCode: '75', action: 'EXIT' }]);
    expect(decideAfterFailure(rules, 1, ended)).toBe('RETRY');
  });

  it('retries where there are no rules at all', () => {
    expect(decideAfterFailure(strategy([]), 1, ended)).toBe('RETRY');
  });

  it('lets the first rule that matches decide', () => {
    const rules = strategy([
      { onExitCode: '1', action: 'EXIT' },
      { onExitCode: '*', action: 'RETRY' },
    ]);
    expect(decideAfterFailure(rules, 1, ended)).toBe('EXIT');
    expect(decideAfterFailure(rules, 1, { ...ended, exitCode: 2 })).toBe('RETRY');
  });

  it('wants every condition of a rule to hold', () => {
    const rules = strategy([
      { onExitCode: '1', onStatusReason: 'Host EC2*', action: 'RETRY' },
      { onReason: '*', action: 'EXIT' },
    ]);
    expect(decideAfterFailure(rules, 1, ended)).toBe('EXIT');
    expect(
      decideAfterFailure(rules, 1, { exitCode: 1, statusReason: 'Host EC2 (i-1) terminated.' }),
    ).toBe('RETRY');
  });

  it('takes an asterisk for any ending, an absent one included, and heeds no case', () => {
    const rules = strategy([
      { onReason: 'cannotpullcontainer*', action: 'RETRY' },
      { onReason: '*', action: 'EXIT' },
    ]);
    const pull = { reason: 'CannotPullContainerError: manifest unknown', statusReason: '' };
    expect(decideAfterFailure(rules, 1, pull)).toBe('RETRY');
    expect(decideAfterFailure(rules, 1, ended)).toBe('EXIT');
  });

  it('does not take an exit code for another that begins like it', () => {
    const rules = strategy([
      { onExitCode: '7', action: 'RETRY' },
      { onExitCode: '*', action: 'EXIT' },
    ]);
    expect(decideAfterFailure(rules, 1, { ...ended, exitCode: 75 })).toBe('EXIT');
  });

  it('ends after the last attempt, whatever the rules say', () => {
    const rules = strategy([{ onExitCode: '*', action: 'RETRY' }], 2);
    expect(decideAfterFailure(rules, 1, ended)).toBe('RETRY');
    expect(decideAfterFailure(rules, 2, ended)).toBe('EXIT');
  });
});

describe('retryStrategySchema', () => {
  it('refuses an asterisk that is not at the end, as Batch does', () => {
    const given = { attempts: 2, evaluateOnExit: [{ onReason: '*Pull*', action: 'RETRY' }] };
    expect(retryStrategySchema.safeParse(given).success).toBe(false);
  });

  it('refuses a sixth rule and an eleventh attempt', () => {
    const rule = { onReason: '*', action: 'exit' };
    expect(retryStrategySchema.safeParse({ evaluateOnExit: new Array(6).fill(rule) }).success).toBe(
      false,
    );
    expect(retryStrategySchema.safeParse({ attempts: 11 }).success).toBe(false);
  });
});
