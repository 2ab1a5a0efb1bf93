import type { ServerDuplexStream } from '@grpc/grpc-js';
import { rawStreams, type GrpcService } from '@weft/grpc-transport';
import type { ProxyKey } from '@weft/proxy-view';
import { HdsCall, type HdsPorts } from './hds-call.ts';

/** The HDS streams that are open, by proxy: who hears of a change of a Dataplane. */
export class HdsStreams {
  readonly #ports: Omit<HdsPorts, 'attach' | 'detach'>;
  readonly #byProxy = new Map<string, Set<HdsCall>>();

  constructor(ports: Omit<HdsPorts, 'attach' | 'detach'>) {
    this.#ports = ports;
  }

  /** The health discovery service. */
  service(): GrpcService {
    const ports: HdsPorts = { ...this.#ports, attach: (call) => this.#attach(call), detach: (call) => this.#detach(call) };
    return {
      definition: rawStreams('envoy.service.health.v3.HealthDiscoveryService', ['StreamHealthCheck']),
      implementation: { StreamHealthCheck: (call: ServerDuplexStream<Uint8Array, Uint8Array>) => new HdsCall(call, ports) },
    };
  }

  /** One Dataplane changed, came or went. */
  dataplaneChanged(key: ProxyKey): void {
    for (const call of this.#byProxy.get(idOf(key)) ?? []) call.dataplaneChanged();
  }

  /** Everything may have changed. */
  reloaded(): void {
    for (const calls of this.#byProxy.values()) for (const call of calls) call.dataplaneChanged();
  }

  /** A proxy started anew. */
  restarted(key: ProxyKey): void {
    for (const call of this.#byProxy.get(idOf(key)) ?? []) call.restarted();
  }

  /** A proxy is about to end. */
  draining(key: ProxyKey): void {
    for (const call of this.#byProxy.get(idOf(key)) ?? []) call.draining();
  }

  #attach(call: HdsCall): void {
    if (call.key === undefined) return;
    const id = idOf(call.key);
    this.#byProxy.set(id, (this.#byProxy.get(id) ?? new Set()).add(call));
  }

  #detach(call: HdsCall): void {
    if (call.key === undefined) return;
    const calls = this.#byProxy.get(idOf(call.key));
    calls?.delete(call);
    if (calls?.size === 0) this.#byProxy.delete(idOf(call.key));
  }
}

function idOf(key: ProxyKey): string {
  return `${key.mesh}/${key.name}`;
}
