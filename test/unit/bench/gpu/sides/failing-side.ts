import { serveSide } from '../../../../../bench/gpu/sides/serve-side.ts';
import { ReelscribeError } from '../../../../../contracts/errors.ts';

/** Tells one figure, and ends as it is asked to. */
await serveSide(async ({ end }: { end: string }, tell) => {
  process.stdout.write('a library says something\n');
  tell({ measured: 'versions', side: 'ours', versions: 'x 1' });
  if (end === 'gpu') {
    throw new ReelscribeError('GPU_UNAVAILABLE', 'no device');
  }
  if (end === 'crash') {
    process.stderr.write('double free');
    process.exit(9);
  }
  if (end === 'hang') {
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  }
});
