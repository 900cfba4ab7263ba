import { serveSide } from '../../../../bench/transcribe/side-process.ts';

/** A side that makes texts of names, and fails in the ways that sides can. */
await serveSide(async (job) => {
  if (job.model === 'broken') {
    throw new Error('the model is broken');
  }
  return async ({ name }) => {
    if (name === 'refused') {
      throw new Error('too noisy');
    }
    if (name === 'deadly') {
      process.exit(7);
    }
    return `${name} by ${job.model}`;
  };
});
