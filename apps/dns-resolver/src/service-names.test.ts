import { parseVipPool, type VipPool } from '@weft/dns-core';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ServiceType } from './service-kinds.ts';
import { ServiceNames } from './service-names.ts';

const base = { labels: { 'kuma.io/origin': 'zone' }, creationTime: '', modificationTime: '', version: 1 };
const service = (mesh: string, name: string, labels: Readonly<Record<string, string>> = base.labels): Resource => ({ ...base, labels, type: 'MeshService', mesh, name, spec: {}, status: { tls: { status: 'Ready' } } });
const external = (name: string): Resource => ({ ...base, type: 'MeshExternalService', mesh: 'default', name, spec: { match: { port: 443 } } });
const multiZone = (name: string, matchLabels: object, mesh = 'default'): Resource => ({ ...base, type: 'MeshMultiZoneService', mesh, name, spec: { selector: { meshService: { matchLabels } }, ports: [{ port: 80 }] } });
const generator = (template: string, name = 'g', kind = 'meshService', matchLabels = {}): Resource => ({ ...base, type: 'HostnameGenerator', mesh: '', name, spec: { selector: { [kind]: { matchLabels } }, template } });

function pool(cidr: string): VipPool {
  const parsed = parseVipPool(cidr);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const POOLS: Readonly<Record<ServiceType, VipPool>> = { MeshService: pool('241.0.0.0/8'), MeshExternalService: pool('242.0.0.0/8'), MeshMultiZoneService: pool('243.0.0.0/8') };

function setUp(pools = POOLS) {
  const names = new ServiceNames(pools);
  let version = 1;
  /** Writes all that is planned, as a store would. */
  const settle = () => {
    const all: ReturnType<ServiceNames['plan']>[number]['writes'][number][] = [];
    while (names.pending > 0) {
      const writes = names.plan(1000).flatMap((item) => item.writes);
      all.push(...writes);
      version += 1;
      for (const write of writes) names.apply(write.op === 'put' ? { op: 'put', resource: { ...base, ...write, version } } : write);
    }
    return all;
  };
  const put = (...resources: readonly Resource[]) => { for (const resource of resources) names.apply({ op: 'put', resource }); };
  const remove = (type: string, mesh: string, name: string) => names.apply({ op: 'delete', key: { type, mesh, name } });
  return { names, settle, put, remove };
}

/** Statuses that were written last, by name of the service. */
const statuses = (writes: ReturnType<ReturnType<typeof setUp>['settle']>) => Object.fromEntries(writes.flatMap((write) => (write.op === 'put' && write.type !== 'VirtualIp' ? [[write.name, write.status]] : [])));

describe('addresses and names of services', () => {
  it('a MeshService gets an address that no other has, its name, and keeps the rest of its status', () => {
    const { settle, put } = setUp();
    put(generator('{{ .Name }}.svc.mesh.local'), service('default', 'web'));
    const [claim, status] = settle();
    expect(claim).toMatchObject({ op: 'put', type: 'VirtualIp', expectVersion: 'absent', spec: { owner: 'MeshService/default/web' } });
    expect(status).toMatchObject({ expectVersion: 1, status: { tls: { status: 'Ready' }, addresses: [{ hostname: 'web.svc.mesh.local', hostnameGeneratorRef: { coreName: 'g' } }] } });
  });

  it('each kind has a pool of its own, its own place for the address, and its own generators', () => {
    const { settle, put } = setUp();
    put(generator('{{ .Name }}.ext', 'e', 'meshExternalService'), generator('{{ .Name }}.mz', 'm', 'meshMultiZoneService'), external('pay'), multiZone('shop', { app: 'shop' }));
    const { pay, shop } = statuses(settle()) as Readonly<Record<string, { readonly vip?: { readonly ip: string }; readonly vips?: readonly { readonly ip: string }[]; readonly addresses: readonly object[] }>>;
    expect(pay?.vip?.ip).toMatch(/^242\./);
    expect(shop?.vips?.[0]?.ip).toMatch(/^243\./);
    expect([pay?.addresses, shop?.addresses]).toMatchObject([[{ hostname: 'pay.ext' }], [{ hostname: 'shop.mz' }]]);
  });

  it('a MeshMultiZoneService tells its MeshServices, which come and go by their labels', () => {
    const { settle, put, remove } = setUp();
    put(multiZone('all', { app: 'shop' }), multiZone('other', { app: 'shop' }, 'elsewhere'), service('default', 'b', { app: 'shop', 'kuma.io/zone': 'east' }), service('default', 'c', { app: 'x' }));
    expect(statuses(settle())['all']).toMatchObject({ meshServices: [{ name: 'b', namespace: '', zone: 'east', mesh: 'default' }], conditions: [{ type: 'MeshServicesMatched', status: 'True', reason: 'MatchesFound', message: 'Matched 1 MeshService(s)' }] });
    put(service('default', 'c', { app: 'shop' }));
    expect(statuses(settle())['all']).toMatchObject({ meshServices: [{ name: 'b' }, { name: 'c' }] });
    put(service('default', 'b', { app: 'y' }));
    remove('MeshService', 'default', 'c');
    expect(statuses(settle())).toMatchObject({ all: { meshServices: [], conditions: [{ status: 'False' }] } });
    put(service('default', 'unrelated', { app: 'y' }));
    expect(Object.keys(statuses(settle()))).toEqual(['unrelated']);
  });

  it('the first to claim a name has it; the other has it once the first is gone, whose address is free', () => {
    const { settle, put, remove } = setUp();
    put(generator('{{ .Name }}.mesh'), service('a', 'web'), service('b', 'web'));
    expect(JSON.stringify(settle())).toContain('Collision');
    remove('MeshService', 'a', 'web');
    const writes = settle();
    expect(writes).toMatchObject([{ op: 'delete', key: { type: 'VirtualIp' } }, { mesh: 'b', status: { addresses: [{ hostname: 'web.mesh' }] } }]);
  });

  it('a name removed and added again has the same address', () => {
    const { settle, put, remove } = setUp();
    put(external('pay'));
    const [first] = settle();
    remove('MeshExternalService', 'default', 'pay');
    settle();
    put(external('pay'));
    expect(settle()[0]).toEqual(first);
  });

  it('a full pool is told, and whoever waits has the next address that comes free', () => {
    const { names, settle, put, remove } = setUp({ ...POOLS, MeshExternalService: pool('10.0.0.0/30') });
    put(external('a'), external('b'), external('c'));
    settle();
    expect(names.refusals).toEqual([{ type: 'MeshExternalService', reason: 'the pool 10.0.0.0/30 is full: all of its 2 addresses are in use', services: 1 }]);
    remove('MeshExternalService', 'default', 'a');
    expect(JSON.stringify(settle())).toContain('MeshExternalService/default/c');
    expect(names.refusals).toEqual([]);
  });

  it('a second address, of a race of writers, is released', () => {
    const { settle, put } = setUp();
    put(service('default', 'web'));
    for (const name of ['241.0.0.5', '241.0.0.9']) put({ ...base, type: 'VirtualIp', mesh: '', name, spec: { hostname: '', owner: 'MeshService/default/web' } });
    expect(settle()).toMatchObject([{ op: 'delete', key: { name: '241.0.0.9' } }, { status: { vips: [{ ip: '241.0.0.5' }] } }]);
  });
});

describe('the work of a change', () => {
  const TEN_THOUSAND = 10_000;

  function large() {
    const made = setUp();
    made.put(generator('{{ .Name }}.mesh'));
    for (let i = 0; i < TEN_THOUSAND; i += 1) made.put(service('default', `s${i}`, { team: `t${i % 1000}`, all: 'yes' }));
    const writes = made.settle();
    return { ...made, writes };
  }

  it('of 10,000 services, one change is one service looked at; all addresses differ', () => {
    const { names, put, writes } = large();
    const addresses = writes.flatMap((write) => (write.op === 'put' && write.type === 'VirtualIp' ? write.name : []));
    expect(new Set(addresses).size).toBe(TEN_THOUSAND);
    put(service('default', 'new'));
    expect(names.pending).toBe(1);
  });

  it('a HostnameGenerator costs a look at what it selects or selected; one whose spec is the same costs nothing', () => {
    const { names, settle, put, remove } = large();
    put(generator('{{ .Name }}.team', 'team', 'meshService', { team: 't7', all: 'yes' }));
    expect(names.pending).toBe(10);
    settle();
    put(generator('{{ .Name }}.team', 'team', 'meshService', { team: 't8', all: 'yes' }));
    expect(names.pending).toBe(20);
    settle();
    put({ ...generator('{{ .Name }}.team', 'team', 'meshService', { team: 't8', all: 'yes' }), version: 9 });
    put(generator('{{ .Name }}.ext', 'e', 'meshExternalService'));
    expect(names.pending).toBe(0);
    remove('HostnameGenerator', '', 'team');
    expect(names.pending).toBe(10);
  });
});
