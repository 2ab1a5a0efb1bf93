import { status, type Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import { HealthSession, type HealthEffect, type HealthEvent, type HealthFinding, type ProbeSettings } from '@weft/hds-core';
import type { Cancel, Clock, Result } from '@weft/kernel';
import type { ProxyKey } from '@weft/proxy-view';
import type { DataplaneSpec, Resource } from '@weft/resource-model';
import { parseNode, type ProxyNode } from '../node/proxy-node.ts';
import { CallEnd, type Refusal } from '../server/call-end.ts';

/** What a call needs from the server around it. */
export interface HdsPorts {
  readonly clock: Clock;
  readonly settings: ProbeSettings;
  readonly dataplane: (key: ProxyKey) => Resource<DataplaneSpec> | undefined;
  /** Checks the token against the Dataplane, which exists. */
  readonly authenticate: (node: ProxyNode, metadata: Metadata) => Promise<Result<null, Refusal>>;
  readonly attach: (call: HdsCall) => void;
  readonly detach: (call: HdsCall) => void;
  readonly write: (key: ProxyKey, finding: HealthFinding) => Promise<void>;
}

/** A proxy that asks for probes before it is registered waits this long for that. */
const REGISTRATION_MS = 30_000;

/** One HDS stream: carries out what its {@link HealthSession} decides. */
export class HdsCall {
  readonly #call: ServerDuplexStream<Uint8Array, Uint8Array>;
  readonly #ports: HdsPorts;
  readonly #session: HealthSession;
  readonly #end: CallEnd;
  #node: ProxyNode | undefined;
  #admission: 'none' | 'running' | 'done' = 'none';
  #patience: Cancel = () => undefined;

  constructor(call: ServerDuplexStream<Uint8Array, Uint8Array>, ports: HdsPorts) {
    this.#call = call;
    this.#ports = ports;
    this.#session = new HealthSession(ports.settings);
    this.#end = new CallEnd(call, () => {
      this.#patience();
      ports.detach(this);
    });
    call.on('data', (bytes: Uint8Array) => this.#step({ kind: 'message', bytes }));
  }

  /** Undefined until the client has named itself. */
  get key(): ProxyKey | undefined {
    return this.#node?.key;
  }

  /** The proxy's Dataplane changed, came or went. */
  dataplaneChanged(): void {
    const node = this.#node;
    if (node === undefined || this.#end.reached) return;
    const dataplane = this.#ports.dataplane(node.key);
    if (this.#admission === 'none' && dataplane !== undefined) void this.#authenticate(node);
    if (this.#admission === 'done') this.#step({ kind: 'dataplane', spec: dataplane?.spec, since: dataplane?.creationTime ?? '' });
  }

  /** The proxy started anew: it is out of rotation until it and its workloads are found well again. */
  restarted(): void {
    this.#step({ kind: 'restarted' });
  }

  /** The proxy was taken out of rotation because it is about to end. */
  draining(): void {
    this.#step({ kind: 'draining' });
  }

  #step(event: HealthEvent): void {
    if (this.#end.reached) return;
    for (const effect of this.#session.step(event)) this.#carryOut(effect);
  }

  #carryOut(effect: HealthEffect): void {
    switch (effect.kind) {
      case 'admit': this.#identify(effect.node); break;
      // At most one specifier per change of the Dataplane; Envoy reads them at once.
      case 'send': this.#call.write(effect.message); break;
      case 'write': void this.#write(effect.finding); break;
      case 'refuse': this.#end.refuse({ code: status.INVALID_ARGUMENT, message: effect.reason }); break;
    }
  }

  #identify(bytes: Uint8Array): void {
    const node = parseNode(bytes);
    if (!node.ok) {
      this.#end.refuse({ code: status.INVALID_ARGUMENT, message: node.error });
      return;
    }
    this.#node = node.value;
    this.#ports.attach(this);
    this.#patience = this.#ports.clock.after(REGISTRATION_MS, () => {
      if (this.#admission === 'none') this.#end.refuse({ code: status.NOT_FOUND, message: `there is no Dataplane "${node.value.key.name}" in mesh "${node.value.key.mesh}" to probe` });
    });
    this.dataplaneChanged();
  }

  async #authenticate(node: ProxyNode): Promise<void> {
    this.#admission = 'running';
    const admitted = await this.#ports.authenticate(node, this.#call.metadata);
    if (this.#end.reached) return;
    if (!admitted.ok) {
      this.#end.refuse(admitted.error);
      return;
    }
    this.#admission = 'done';
    this.#patience();
    const { admin, transparentProxy } = node.client;
    const redirected = transparentProxy !== undefined || this.#ports.dataplane(node.key)?.spec.networking?.transparentProxying !== undefined;
    this.#step({ kind: 'admitted', proxy: { admin, redirected } });
    this.dataplaneChanged();
  }

  async #write(finding: HealthFinding): Promise<void> {
    if (this.#node === undefined) return;
    const ok = await this.#ports.write(this.#node.key, finding).then(() => true, () => false);
    // Where the bus is away, the next report asks again.
    this.#step({ kind: 'written', ok });
  }
}
