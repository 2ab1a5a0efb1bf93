import { createHash } from 'node:crypto';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { encodeResource, hashedName, PEER_FEATURES, syncedTypes, wireName, type SyncItem } from '@weft/kds-core';
import { ZoneHealthCheckRequestSchema, ZoneHealthCheckResponseSchema } from '@weft/kds-proto/kuma/mesh/v1alpha1/kds_pb.js';
import { openKdsLink, type KdsLink } from '@weft/kds-transport';
import { weftRegistry } from '@weft/policy-model';
import type { Resource } from '@weft/resource-model';
import { ZoneForTest } from '../../apps/kds-sync/src/global/testing/zone-for-test.ts';

const TYPES = syncedTypes(weftRegistry, 'global-to-zone', true).map(({ name }) => name);
const MESH = 'default';
const HEALTH_TIMEOUT_MS = 30_000;
/** Where the global control plane names no interval. */
const HEALTH_INTERVAL_MS = 60_000;

/** A control plane of a zone that is none: it keeps its two streams, gives signs of life, and sends dataplanes that it says it has. */
export class SimulatedZone {
  readonly #name: string;
  readonly #link: KdsLink;
  readonly #zone: ZoneForTest;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `address`: of the global control plane's KDS port, `host:port`. */
  constructor(name: string, address: string) {
    this.#name = name;
    this.#link = openKdsLink({ address, tls: { skipVerify: true }, call: { zone: name, features: new Set(PEER_FEATURES), version: '2.14.3', identity: `${name}-simulated` } });
    this.#zone = new ZoneForTest(this.#link, { name, weft: true, types: TYPES, metadata: { features: [...PEER_FEATURES] } });
    void this.#beat();
  }

  /** Why its streams ended, if they did. */
  get failures(): readonly string[] {
    return this.#zone.errors.map(({ message }) => message);
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
    this.#closed = true;
    clearTimeout(this.#timer);
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

  async #beat(): Promise<void> {
    let interval = HEALTH_INTERVAL_MS;
    try {
      const answer = fromBinary(ZoneHealthCheckResponseSchema, await this.#link.healthCheck(toBinary(ZoneHealthCheckRequestSchema, create(ZoneHealthCheckRequestSchema)), HEALTH_TIMEOUT_MS));
      const given = Number(answer.interval?.seconds ?? 0n) * 1000 + (answer.interval?.nanos ?? 0) / 1_000_000;
      if (given > 0) interval = given;
    } catch {
      // What ended the link stands in `failures`.
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#beat(), interval);
  }
}
