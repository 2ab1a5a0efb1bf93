import type { AppWrite } from '@weft/bus';
import { parseVipPool, type VipPool } from '@weft/dns-core';
import { MeshError } from '@weft/kernel';
import { FakeClock } from '@weft/kernel/testing';
import { resourceId, type Resource, type ResourceId, type VirtualIpSpec } from '@weft/resource-model';
import { silentLogger } from '@weft/service-runtime/testing';
import type { ResourceStore } from '@weft/store';
import { createMemoryStore } from '@weft/store-memory';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kindOf, type ServiceStatus, type ServiceType } from './service-kinds.ts';
import { ServiceNames } from './service-names.ts';
import { ServiceNamesWriter } from './service-names-writer.ts';
import { VipAllocator } from './vip-allocator.ts';

const TYPES: readonly ServiceType[] = ['MeshService', 'MeshExternalService', 'MeshMultiZoneService'];
const POOLS: Readonly<Record<ServiceType, VipPool>> = { MeshService: pool('10.1.0.0/24'), MeshExternalService: pool('10.2.0.0/30'), MeshMultiZoneService: pool('fd00::/64') };
const LONG_MS = 60_000;

function pool(cidr: string): VipPool {
  const parsed = parseVipPool(cidr);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const resource = (type: string, mesh: string, name: string, spec: unknown, labels: Readonly<Record<string, string>> = {}): Omit<Resource, 'version'> => ({ type, mesh, name, labels, creationTime: '', modificationTime: '', spec });

/** What users write: services of the three kinds, generators whose names collide, dataplanes. */
const written = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom(...TYPES), mesh: fc.constantFrom('m', 'n'), name: fc.constantFrom('a', 'b', 'c') }).map(({ type, mesh, name }) =>
    resource(type, mesh, name, { selector: { meshService: { matchLabels: { app: 'a' } } }, match: { port: 80 } }, { app: name })) },
  fc.record({ name: fc.constantFrom('g', 'h'), kind: fc.constantFrom('meshService', 'meshExternalService'), template: fc.constantFrom('{{ .Name }}.mesh', '{{ .Name }}.{{ .Mesh }}', 'one.mesh') }).map(({ name, kind, template }) =>
    resource('HostnameGenerator', '', name, { selector: { [kind]: {} }, template })),
  fc.record({ mesh: fc.constantFrom('m', 'n'), service: fc.constantFrom('a', 'b') }).map(({ mesh, service }) =>
    resource('Dataplane', mesh, `dp-${service}`, { networking: { inbound: [{ port: 80, tags: { 'kuma.io/service': service } }] } })),
);
const replica = fc.constantFrom(0, 1);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constant('put' as const), resource: written }) },
  fc.record({ op: fc.constant('delete' as const), resource: written }),
  { weight: 2, arbitrary: fc.record({ op: fc.constant('read' as const), replica, records: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('write' as const), replica }) },
  fc.record({ op: fc.constant('write, answer lost' as const), replica }),
  fc.record({ op: fc.constant('kill' as const), replica }),
);

/** One dns-resolver without its bus: it reads the store's changes when told, and writes at once, under no lease. */
class Replica {
  readonly #store: ResourceStore;
  readonly clock = new FakeClock();
  readonly #names = new ServiceNames(POOLS);
  readonly #writer: ServiceNamesWriter;
  readonly #allocator: VipAllocator;
  #read = 0;
  losesAnswers = false;

  private constructor(store: ResourceStore) {
    this.#store = store;
    const ports = { writer: { write: (writes: AppWrite['writes']) => this.#commit(writes) }, clock: this.clock, log: silentLogger };
    this.#writer = new ServiceNamesWriter({ ...ports, names: this.#names });
    this.#allocator = new VipAllocator({ ...ports, pool: pool('240.0.0.0/24'), domain: 'mesh' });
  }

  static async start(store: ResourceStore): Promise<Replica> {
    const made = new Replica(store);
    const { revision, resources } = await store.snapshot();
    made.#read = revision.n;
    for (const found of resources) made.#apply({ op: 'put', resource: found });
    return made;
  }

  async read(limit: number): Promise<void> {
    for (const { change, revision } of await this.#store.changesAfter(this.#read, limit)) {
      this.#apply(change);
      this.#read = revision.n;
    }
  }

  async write(): Promise<void> {
    await this.#allocator.allocate();
    await this.#writer.write();
  }

  async close(): Promise<void> {
    await Promise.all([this.#allocator.close(), this.#writer.close()]);
  }

  #apply(change: Parameters<ServiceNames['apply']>[0]): void {
    this.#names.apply(change);
    this.#allocator.apply(change);
  }

  async #commit(writes: AppWrite['writes']): Promise<readonly Resource[]> {
    const stored = await commit(this.#store, writes);
    if (this.losesAnswers) throw new MeshError('bus/deadline', 'the answer was lost');
    return stored;
  }
}

async function commit(store: ResourceStore, writes: AppWrite['writes']): Promise<readonly Resource[]> {
  const committed = await store.commit({ writes: writes.map((write) => {
    if (write.op === 'delete') return { op: 'delete', key: write.key, expect: write.expectVersion === undefined ? 'any' : { version: write.expectVersion } };
    const { type, mesh, name, spec, labels, status, expectVersion } = write;
    const expectation = expectVersion === undefined ? 'any' : expectVersion === 'absent' ? 'absent' : { version: expectVersion };
    return { op: 'put', resource: { ...resource(type, mesh, name, spec, labels), ...(status !== undefined && { status }) }, expect: expectation };
  }) });
  return committed.records.flatMap(({ change }) => (change.op === 'put' ? change.resource : []));
}

/** What a user's write leaves: the status stays. */
async function putAsUser(store: ResourceStore, given: Omit<Resource, 'version'>): Promise<void> {
  const before = await store.get(given);
  await store.commit({ writes: [{ op: 'put', resource: { ...given, ...(before?.status !== undefined && { status: before.status }) }, expect: 'any' }] });
}

const servicesIn = async (store: ResourceStore): Promise<readonly Resource<unknown, ServiceStatus>[]> => (await Promise.all(TYPES.map((type) => store.list(type)))).flat() as Resource<unknown, ServiceStatus>[];
const addressOf = ({ type, status }: Resource<unknown, ServiceStatus>): string | undefined => kindOf(type)?.addressIn(status ?? {});

async function expectNothingTwice(store: ResourceStore): Promise<void> {
  const given = (await servicesIn(store)).flatMap((service) => addressOf(service) ?? []);
  expect(new Set(given).size).toBe(given.length);
}

/** Both replicas go on until neither has anything left to write. */
async function converge(store: ResourceStore, replicas: readonly Replica[]): Promise<void> {
  let quiet = 0;
  for (let round = 0; quiet < 3; round += 1) {
    expect(round).toBeLessThan(60);
    const before = (await store.head()).n;
    for (const one of replicas) {
      one.losesAnswers = false;
      await one.read(1000);
      one.clock.advance(LONG_MS);
      await one.write();
    }
    quiet = (await store.head()).n === before ? quiet + 1 : 0;
  }
}

async function expectAllServed(store: ResourceStore): Promise<void> {
  const services = await servicesIn(store);
  const vips = await store.list('VirtualIp') as Resource<VirtualIpSpec>[];
  const owners = new Map(vips.map(({ name, spec }) => [name, spec.owner]));
  for (const service of services) {
    const address = addressOf(service);
    if (address !== undefined) expect(owners.get(address)).toBe(resourceId(service));
    else expect([...owners.values()].filter((owner) => owner?.startsWith('MeshExternalService/') === true)).toHaveLength(2);
  }
  const ids = new Set<ResourceId>(services.map(resourceId));
  expect([...owners.values()].filter((owner) => owner !== undefined && !ids.has(owner as ResourceId))).toEqual([]);
  const hostnames = services.flatMap(({ status }) => [...new Set((status?.addresses ?? []).map(({ hostname }) => hostname))]);
  expect(new Set(hostnames).size).toBe(hostnames.length);
  for (const { spec } of await store.list('Dataplane') as Resource<{ networking: { inbound: { tags: Record<string, string> }[] } }>[]) {
    const wanted = `${spec.networking.inbound[0]?.tags['kuma.io/service'] ?? ''}.mesh`;
    expect(vips.filter(({ spec: vip }) => vip.hostname === wanted)).toHaveLength(1);
  }
}

test('two replicas that both write, are told late, lose answers and are killed: nothing is given twice, and they agree in the end', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), async (steps) => {
    const store = createMemoryStore({ clock: new FakeClock() });
    const replicas = [await Replica.start(store), await Replica.start(store)];
    for (const one of steps) {
      if (one.op === 'put') await putAsUser(store, one.resource);
      else if (one.op === 'delete') await store.commit({ writes: [{ op: 'delete', key: one.resource, expect: 'any' }] });
      else {
        const acting = replicas[one.replica] ?? await Replica.start(store);
        acting.losesAnswers = one.op === 'write, answer lost';
        if (one.op === 'read') await acting.read(one.records);
        else if (one.op === 'kill') {
          await acting.close();
          replicas[one.replica] = await Replica.start(store);
        } else await acting.write();
      }
      await expectNothingTwice(store);
    }
    await converge(store, replicas);
    await expectNothingTwice(store);
    await expectAllServed(store);
    await Promise.all(replicas.map((one) => one.close()));
  }), { numRuns: 150 });
}, 60_000);
