import { outboundPort, PROTOCOLS, type Workload } from '../shop/topology.ts';
import { CallLedger } from './call-ledger.ts';
import type { CallOutcome } from './call-outcome.ts';
import { CartClient } from './cart-protocol.ts';
import { callHttp } from './http-call.ts';
import { takeFromStock } from './stock-protocol.ts';

const TIMEOUT_MS = 5000;

/** Calls other workloads through the Envoy beside this one, by the protocol of each. */
export class Caller {
  readonly ledger = new CallLedger();
  readonly #address: string;
  #cart: CartClient | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  /** Calls a workload and counts the call. Never rejects. */
  async call(target: Workload): Promise<CallOutcome> {
    const outcome = await this.#send(target);
    this.ledger.record(target, outcome);
    return outcome;
  }

  #send(target: Workload): Promise<CallOutcome> {
    const port = outboundPort(target);
    switch (PROTOCOLS[target]) {
      case 'http':
        return callHttp(this.#address, port, TIMEOUT_MS);
      case 'tcp':
        return takeFromStock(this.#address, port, TIMEOUT_MS);
      case 'grpc':
        this.#cart ??= new CartClient(`${this.#address}:${port}`);
        return this.#cart.add({ item: 'apple' }, TIMEOUT_MS);
    }
  }
}
