import { parseVipPool } from '@weft/dns-core';
import type { Resource } from '@weft/resource-model';
import { expect, test } from 'vitest';
import { ServiceNames } from './service-names.ts';

const base = { labels: { 'kuma.io/origin': 'zone' }, creationTime: '', modificationTime: '', version: 1 };
const service = (mesh: string, name: string): Resource => ({ ...base, type: 'MeshService', mesh, name, spec: {}, status: { tls: { status: 'Ready' } } });
const generator = (template: string): Resource => ({ ...base, type: 'HostnameGenerator', mesh: '', name: 'g', spec: { selector: { meshService: { matchLabels: {} } }, template } });

function setUp() {
  const pool = parseVipPool('241.0.0.0/8');
  if (!pool.ok) throw new Error(pool.error);
  const names = new ServiceNames(pool.value);
  /** Writes all that is planned, as a store would. */
  const settle = () => {
    const all: ReturnType<ServiceNames['plan']>[number][] = [];
    while (names.pending > 0) {
      const writes = names.plan(1000);
      all.push(...writes);
      for (const write of writes) names.apply(write.op === 'put' ? { op: 'put', resource: { ...base, ...write, version: 2 } } : write);
    }
    return all;
  };
  return { names, settle, put: (resource: Resource) => names.apply({ op: 'put', resource }) };
}

test('a MeshService gets an address that no other has, its name, and keeps the rest of its status', () => {
  const { settle, put } = setUp();
  put(generator('{{ .Name }}.svc.mesh.local'));
  put(service('default', 'web'));
  const [claim, status] = settle();
  expect(claim).toMatchObject({ op: 'put', type: 'VirtualIp', expectVersion: 'absent', spec: { owner: 'MeshService/default/web' } });
  expect(status).toMatchObject({ expectVersion: 1, status: { tls: { status: 'Ready' }, addresses: [{ hostname: 'web.svc.mesh.local', hostnameGeneratorRef: { coreName: 'g' } }] } });
});

test('the first to claim a name has it; the other has it once the first is gone, whose address is free', () => {
  const { names, settle, put } = setUp();
  put(generator('{{ .Name }}.mesh'));
  put(service('a', 'web'));
  put(service('b', 'web'));
  expect(JSON.stringify(settle())).toContain('Collision');
  names.apply({ op: 'delete', key: { type: 'MeshService', mesh: 'a', name: 'web' } });
  const writes = settle();
  expect(writes).toMatchObject([{ op: 'delete', key: { type: 'VirtualIp' } }, { mesh: 'b', status: { addresses: [{ hostname: 'web.mesh' }] } }]);
});

test('of 10,000 services, one change is one service looked at; all addresses differ', () => {
  const { names, settle, put } = setUp();
  put(generator('{{ .Name }}.mesh'));
  for (let i = 0; i < 10_000; i += 1) put(service('default', `s${i}`));
  const addresses = settle().flatMap((write) => (write.op === 'put' && write.type === 'VirtualIp' ? write.name : []));
  expect(new Set(addresses).size).toBe(10_000);
  put(service('default', 'new'));
  expect(names.pending).toBe(1);
});
