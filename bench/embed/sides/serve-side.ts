import { peakRssMb } from '../../transcribe/side-process.ts';
import type { EmbeddingSide, SideReply, SideRequest, SideSetup } from './messages.ts';

/** What a side's process does: opens, and then does one task after the other until nobody asks any more. */
export function serveSide(open: (setup: SideSetup) => Promise<EmbeddingSide>): void {
  let side: EmbeddingSide | undefined;
  const answer = async (request: SideRequest): Promise<SideReply> => {
    if (request.ask === 'open') {
      side = await open(request.setup);
      return { event: 'open' };
    }
    const work = await side!.prepare(request.task);
    const startedAt = performance.now();
    const { pictures, vectors } = await work();
    const seconds = (performance.now() - startedAt) / 1000;
    const result = {
      ...{ seconds, pictures, peakRssMb: peakRssMb() },
      ...(vectors && { vectors: vectors.map((vector) => [...vector]) }),
    };
    return { event: 'done', result };
  };
  process.on('message', async (request: SideRequest) => {
    process.send!(await answer(request).catch(failureOf));
  });
  // Threads of the models would keep the process alive.
  process.on('disconnect', () => process.exit());
}

function failureOf(error: unknown): SideReply {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { event: 'failure', message };
}
