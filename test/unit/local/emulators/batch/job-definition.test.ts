import { describe, expect, it } from '@jest/globals';
import { substituteParameters } from '../../../../../local/emulators/batch/job-definition.ts';

describe('substituteParameters', () => {
  it('replaces whole words of the form Ref::name', () => {
    expect(substituteParameters(['run', 'Ref::jobId'], { jobId: '01J' })).toEqual(['run', '01J']);
  });

  it('leaves a word alone that has no parameter or only contains one', () => {
    const command = ['Ref::unknown', '--id=Ref::jobId'];
    expect(substituteParameters(command, { jobId: '01J' })).toEqual(command);
  });
});
