import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Placement } from './placement.ts';

/** Where a model that was given to the GPU runs. */
export type PlacementReport = {
  /** Folder and file of the model, without those above. */
  readonly model: string;
  readonly placement: Placement;
};

/** Models run in threads of their own; whoever wants to know hears of all of them. */
const CHANNEL = 'reelscribe:placement';

/** Tells everybody in the process who listens. */
export function reportPlacement(report: PlacementReport): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(report);
  channel.close();
}

/**
 * Keeps what is reported from now on, of each model the worst: several graphs are made of
 * one file, and several threads load it.
 */
export type PlacementReports = Disposable & {
  /**
   * What was reported until now, by any thread. What a thread reported before it
   * answered a call is there when the answer is.
   */
  read(): readonly PlacementReport[];
};

export function listenForPlacements(
  onReport: (report: PlacementReport) => void = () => {},
): PlacementReports {
  const reports = new Map<string, PlacementReport>();
  const keep = (report: PlacementReport) => {
    const kept = reports.get(report.model);
    if (!kept || report.placement.deviceShare < kept.placement.deviceShare) {
      reports.set(report.model, report);
      onReport(report);
    }
  };
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = (event) => keep((event as unknown as { data: PlacementReport }).data);
  // Whoever listens does not keep the process alive.
  channel.unref();
  return {
    read: () => {
      // What lies in the queue still would come as an event only after whoever asks has gone on.
      for (let next = waiting(channel); next !== undefined; next = waiting(channel)) {
        keep(next);
      }
      return [...reports.values()];
    },
    [Symbol.dispose]: () => channel.close(),
  };
}

function waiting(channel: BroadcastChannel): PlacementReport | undefined {
  // Node takes either kind; its types know of one.
  return receiveMessageOnPort(channel as unknown as MessagePort)?.message;
}
