import { fileURLToPath } from 'node:url';
import { appNetwork } from '../shop/place.ts';
import type { Instance, Workload } from '../shop/topology.ts';
import { failedCall, type CallOutcome } from '../workloads/call-outcome.ts';
import type { CallCounts, HeldConnection, WorkloadMessage } from '../workloads/messages.ts';
import type { Placement } from './placement.ts';
import type { ProcessGroup, ShopProcess } from './process-group.ts';

const PROGRAM = fileURLToPath(import.meta.url);
const ORDER_TIMEOUT_MS = 10_000;

/** The process of one workload, seen from the demo. */
export class WorkloadProcess {
  /** Resolves when the app listens; rejects when it ends before. */
  readonly listening: Promise<void>;
  readonly process: ShopProcess;
  /** Counts of the connection that it keeps open, if it keeps one. */
  held: HeldConnection | undefined;
  readonly #waiting = new Map<number, (outcome: CallOutcome) => void>();
  #nextId = 1;

  /** `onCalls` hears every report of calls that it made. */
  constructor(instance: Instance, placement: Placement, processes: ProcessGroup, onCalls: (calls: readonly CallCounts[]) => void) {
    this.process = processes.start({
      name: `app-${instance.name}`,
      args: [PROGRAM, 'workload', instance.name, JSON.stringify(appNetwork(instance, placement.place(instance)))],
      inside: (args) => placement.command(instance, 'app', args),
      ipc: true,
    });
    this.listening = new Promise((resolve, reject) => {
      void this.process.ended.then((how) => reject(new Error(`app ${instance.name} ${how}:\n${processes.tail(`app-${instance.name}`, 10)}`)));
      this.process.child.on('message', (message: WorkloadMessage) => {
        if (message.kind === 'listening') resolve();
        else if (message.kind === 'called') this.#waiting.get(message.id)?.(message.outcome);
        else {
          this.held = message.heldConnection;
          onCalls(message.calls);
        }
      });
    });
    // Whoever awaits it hears of a failure; when nobody does any more, the end of an app is no news.
    this.listening.catch(() => undefined);
  }

  /** Has it call another workload now, and gives the outcome. Never rejects. */
  call(target: Workload): Promise<CallOutcome> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const done = (outcome: CallOutcome): void => {
        clearTimeout(overdue);
        this.#waiting.delete(id);
        resolve(outcome);
      };
      const overdue = setTimeout(() => done(failedCall('the app does not answer the demo', ORDER_TIMEOUT_MS)), ORDER_TIMEOUT_MS);
      this.#waiting.set(id, done);
      if (!this.process.child.connected) done(failedCall('the app is gone', 0));
      else this.process.child.send({ kind: 'call', id, target });
    });
  }
}
