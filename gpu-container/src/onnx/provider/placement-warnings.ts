import { type Warning, warning } from '#contracts/transcript.ts';
import type { Logger } from '../../log/logger.ts';
import { isBarelyOnDevice } from './placement.ts';
import type { PlacementReport } from './placement-reports.ts';

/** As many operators as show what kind of model it is. */
const LOGGED_OPERATORS = 5;

/** Writes where a model runs to the log: as a warning where that is hardly its GPU. */
export function logPlacement(
  { model, placement }: PlacementReport,
  log: Pick<Logger, 'info' | 'warn'>,
): void {
  const { deviceShare, runSeconds, nodes, cpuOperators } = placement;
  const facts = {
    model,
    deviceShare,
    runSeconds,
    nodes,
    cpuOperators: cpuOperators.slice(0, LOGGED_OPERATORS),
  };
  if (isBarelyOnDevice(placement)) {
    log.warn(facts, 'a model that was given to the GPU runs on the CPU');
  } else {
    log.info(facts, 'a model runs on the GPU');
  }
}

/** What a result must tell of where its models ran: nothing, where that is the GPU. */
export function placementWarnings(reports: readonly PlacementReport[]): Warning[] {
  return reports
    .filter(({ placement }) => isBarelyOnDevice(placement))
    .map(({ model }) => warning('GPU_BARELY_USED', { name: model }));
}
