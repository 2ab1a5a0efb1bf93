import { readFileSync } from 'node:fs';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { DerivedState } from './derived-state.ts';
import type { DerivedWrite } from './derived-write.ts';

/** What Kuma 2.14.3 held: dataplanes and an identity, and what it had made of them. */
function recorded(): Resource[] {
  const text = readFileSync(new URL('../../testdata/exclusive-mesh.yaml', import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document): Resource => {
    const { type, name, mesh = '', labels = {}, creationTime = '', spec, status, ...rest } = document.toJS() as Partial<Resource> & Pick<Resource, 'type' | 'name'> & Record<string, unknown>;
    return { type, name, mesh, labels, creationTime, modificationTime: '', version: 1, spec: spec ?? rest, ...(status !== undefined && { status }) };
  });
}

const isDerived = ({ type }: Resource): boolean => type === 'MeshService' || type === 'Workload';
const MANAGED = ['meshservice-generator', 'workload-generator'];
const COMPUTED = ['identities', 'state'];

describe('what Kuma 2.14.3 made of a mesh', () => {
  const resources = recorded();
  const planned = (held: readonly Resource[], { type, mesh, name }: Resource): DerivedWrite | undefined => {
    const state = new DerivedState({ observed: () => ({ connected: true, issuedBackend: 'kri_mid_default_default__identity_' }), gracePeriodMs: 1 });
    state.load(held);
    return state.plan({ type, mesh, name }, 0).write;
  };

  it.each(resources.filter(isDerived).map((resource) => [`${resource.type} ${resource.name}`, resource] as const))('%s needs no change', (_, resource) => {
    expect(planned(resources, resource)).toBeUndefined();
  });

  it.each(resources.filter(({ labels }) => MANAGED.includes(labels['kuma.io/managed-by'] ?? '')).map((resource) => [`${resource.type} ${resource.name}`, resource] as const))('%s would be made anew as it was', (_, resource) => {
    const { addresses: _a, hostnameGenerators: _h, vips: _v, ...status } = resource.status as Record<string, unknown>;
    expect(planned(resources.filter((one) => !isDerived(one)), resource)).toMatchObject({ op: 'put', spec: resource.spec, status });
  });

  it('gives a MeshService of a user what is computed', () => {
    const own = resources.find(({ name }) => name === 'backend-api');
    if (own === undefined) throw new Error('not recorded');
    const spec = Object.fromEntries(Object.entries(own.spec as object).filter(([key]) => !COMPUTED.includes(key)));
    expect(planned([...resources.filter((one) => one !== own), { ...own, spec }], own)).toMatchObject({ spec: own.spec, labels: own.labels });
  });
});
