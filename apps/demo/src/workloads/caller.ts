import type { AppNetwork } from '../shop/place.ts';
import { PROTOCOLS, type Workload } from '../shop/topology.ts';
import { CallLedger } from './call-ledger.ts';
import { failedCall, type CallOutcome } from './call-outcome.ts';
import { CartClient } from './cart-protocol.ts';
import { callHttp } from './http-call.ts';
import { takeFromStock } from './stock-protocol.ts';

const TIMEOUT_MS = 5000;

/** Calls other workloads where it was told that they are, by the protocol of each. */
export class Caller {
  readonly ledger = new CallLedger();
  readonly #targets: AppNetwork['targets'];
  #cart: CartClient | undefined;

  constructor(targets: AppNetwork['targets']) {
    this.#targets = targets;
  }

  /** Calls a workload and counts the call. Never rejects. */
  async call(target: Workload): Promise<CallOutcome> {
    const outcome = await this.#send(target);
    this.ledger.record(target, outcome);
    return outcome;
  }

  async #send(target: Workload): Promise<CallOutcome> {
    const { host, port } = this.#targets[target] ?? {};
    if (host === undefined || port === undefined) return failedCall(`this workload does not know ${target}`, 0);
    switch (PROTOCOLS[target]) {
      case 'http':
        return callHttp(host, port, TIMEOUT_MS);
      case 'tcp':
        return takeFromStock(host, port, TIMEOUT_MS);
      case 'grpc':
        this.#cart ??= new CartClient(`${host}:${port}`);
        return this.#cart.add({ item: 'apple' }, TIMEOUT_MS);
    }
  }
}
