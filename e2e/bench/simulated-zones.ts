import { createHash } from 'node:crypto';
import { encodeResource, hashedName, PEER_FEATURES, syncedTypes, wireName, type SyncItem } from '@weft/kds-core';
import { openKdsLink, type KdsLink } from '@weft/kds-transport';
import { weftRegistry } from '@weft/policy-model';
import type { Resource } from '@weft/resource-model';
import { systemClock } from '@weft/service-runtime';
import { ZoneForTest } from '../../apps/kds-sync/src/global/testing/zone-for-test.ts';
import { SignsOfLife } from '../../apps/kds-sync/src/zone/signs-of-life.ts';

const TYPES = syncedTypes(weftRegistry, 'global-to-zone', true).map(({ name }) => name);
const MESH = 'default';

/** A control plane of a zone that is none: it keeps its two streams, gives signs of life, and sends dataplanes that it says it has. */
export class SimulatedZone {
  readonly #name: string;
  readonly #link: KdsLink;
  readonly #zone: ZoneForTest;
  readonly #life: SignsOfLife;
  readonly #healthFailures: string[] = [];

  /** `address`: of the global control plane's KDS port, `host:port`. */
  constructor(name: string, address: string) {
    this.#name = name;
    this.#link = openKdsLink({ address, tls: { skipVerify: true }, call: { zone: name, features: new Set(PEER_FEATURES), version: '2.14.3', identity: `${name}-simulated` } });
    this.#zone = new ZoneForTest(this.#link, { name, weft: true, types: TYPES, metadata: { features: [...PEER_FEATURES] } });
    this.#life = new SignsOfLife({ clock: systemClock, link: this.#link, stream: this.#zone.down, onFailure: ({ message }) => this.#healthFailures.push(message) });
  }

  /** Why its streams ended, or its health check failed, if they did. */
  get failures(): readonly string[] {
    return [...this.#zone.errors.map(({ message }) => message), ...this.#healthFailures];
  }

  /** Says that it has so many dataplanes, each connected. */
  register(dataplanes: number): void {
    for (let at = 0; at < dataplanes; at++) {
      const name = `dp-${at}`;
      const tags = { 'kuma.io/service': `svc-${at % 20}`, 'kuma.io/protocol': 'http', 'kuma.io/zone': this.#name };
      this.#set('Dataplane', name, { networking: { address: `10.0.${at >> 8}.${at & 255}`, inbound: [{ port: 8080, tags }] } });
      this.#set('DataplaneInsight', name, { subscriptions: [{ id: name, connectTime: '2026-01-01T00:00:00Z', status: { total: { responsesSent: '4', responsesAcknowledged: '4' } } }] });
    }
  }

  close(): void {
    this.#life.close();
    this.#link.close();
  }

  #set(typeName: string, name: string, spec: unknown): void {
    const type = weftRegistry.byName(typeName);
    if (type === undefined) throw new Error(`no type ${typeName}`);
    const labels = { 'kuma.io/display-name': name, 'kuma.io/zone': this.#name, 'kuma.io/origin': 'zone', 'kuma.io/mesh': MESH };
    const resource: Resource = { type: typeName, mesh: MESH, name: hashedName(MESH, name, [this.#name]), labels, creationTime: '', modificationTime: '', version: 0, spec };
    const body = encodeResource(type, resource);
    const item: SyncItem = { name: wireName(resource), version: createHash('sha256').update(body).digest('hex'), body };
    this.#zone.set(typeName, item.name, item);
  }
}
