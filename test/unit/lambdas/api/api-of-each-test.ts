import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { setUpApi } from './api-bench.ts';
import { jobLife } from './job-life.ts';

/** What a file that imports them has: an API of its own for each test, on services that its tests share. */
export let aws: LoopbackAws;
export let api: Awaited<ReturnType<typeof setUpApi>>;
export let jobs: ReturnType<typeof jobLife>;

beforeAll(async () => {
  aws = await startLoopbackAws();
});
afterAll(() => aws[Symbol.asyncDispose]());
beforeEach(async () => {
  api = await setUpApi(aws);
  jobs = jobLife(aws, api);
});
