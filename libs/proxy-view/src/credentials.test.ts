import { MeshIndex } from '@weft/mesh-index';
import { weftRegistry } from '@weft/policy-model';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { chooseCredentials, type CredentialHistory } from './credentials.ts';
import { meshView } from './mesh-view.ts';
import type { Naming } from './naming.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const made = (type: string, name: string, spec: unknown, more: Partial<Resource> = {}): Resource => ({ type, name, mesh: 'default', labels: {}, creationTime: TIME, modificationTime: TIME, version: 1, spec, ...more });
const naming: Naming = {
  tagClusterName: () => '', resourceClusterName: () => '', tagSni: () => '', hashSni: () => '', kriSni: () => '', matchesHash: () => '',
  identitySecretName: (mesh) => `identity:${mesh}`, caSecretName: (mesh) => `ca:${mesh}`,
};
const MTLS = { mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin' }] } };
const mesh = (spec: object = MTLS) => made('Mesh', 'default', spec, { mesh: '' });
const trust = (trustDomain: string) => made('MeshTrust', trustDomain, { trustDomain, caBundles: [{ type: 'Pem', pem: { value: 'x' } }] });
const identity = (name: string, matchLabels: object, options: { trustDomain?: string } = {}) => made('MeshIdentity', name, {
  selector: { dataplane: { matchLabels } }, spiffeID: { trustDomain: options.trustDomain ?? 'one.test' }, provider: { type: 'Bundled' },
});
/** The CA of an identity. */
const ca = (name: string) => made('TrustBundle', `identity.${name}`, { backend: `identity.${name}`, generation: 1, caPem: [] });

function choose(resources: readonly Resource[], history: Partial<CredentialHistory> = {}, labels: Record<string, string> = { 'kuma.io/workload': 'web', app: 'web' }) {
  const dataplane = made('Dataplane', 'web-1', { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } }, { labels });
  const state = MeshIndex.rebuild((name) => weftRegistry.byName(name), [...resources, dataplane]).mesh('default')!;
  return chooseCredentials({ mesh: state, view: meshView(state.resource!), entry: state.dataplanes.get('web-1')!, naming, unified: false }, { held: undefined, released: undefined, ...history });
}

const LEGACY = 'mesh ca';
const MAIN = 'kri_mid_default___main_ spiffe://one.test/workload/web';

describe('chooseCredentials', () => {
  it('takes the mesh CA where no identity applies; a MeshTrust opens the bundle to its domain', () => {
    expect(choose([mesh()]).current).toMatchObject({ id: LEGACY, identity: 'identity:default', trust: 'ca:default', clients: ['spiffe://default/'] });
    expect(choose([mesh(), trust('one.test')]).current).toMatchObject({ id: LEGACY, trust: 'system_trust_bundle', clients: [] });
    expect(choose([mesh({})]).current).toBeUndefined();
  });

  it('takes the best identity that is ready and trusted, and lets all trusted domains call', () => {
    const resources = [mesh(), trust('one.test'), trust('two.test'), identity('main', {}), ca('main'), identity('better', { app: 'web' }), identity('foreign', { app: 'web' }, { trustDomain: 'unknown.test' }), ca('foreign')];
    expect(choose(resources).current).toEqual({
      id: MAIN, workload: { name: 'main', spiffeId: 'spiffe://one.test/workload/web' }, identity: 'kri_mid_default___main_', trust: 'system_trust_bundle',
      clients: ['spiffe://default/', 'spiffe://one.test/', 'spiffe://two.test/'],
    });
    expect(choose([mesh({}), trust('one.test'), identity('main', {}), ca('main')]).current?.clients).toEqual(['spiffe://one.test/']);
  });

  it('keeps what a proxy presents until the move is released, or as long as it exists', () => {
    const both = [mesh(), trust('one.test'), identity('main', {}), ca('main')];
    const ids = (made: ReturnType<typeof choose>) => [made.current?.id, made.next];
    expect(ids(choose(both, { held: LEGACY }))).toEqual([LEGACY, MAIN]);
    expect(ids(choose(both, { held: LEGACY, released: MAIN }))).toEqual([MAIN, undefined]);
    expect(ids(choose(both, { held: MAIN, released: MAIN }))).toEqual([MAIN, undefined]);
    expect(ids(choose([mesh({}), ...both.slice(1)], { held: LEGACY }))).toEqual([MAIN, undefined]);
    const better = [...both, identity('better', { app: 'web' }), ca('better')];
    expect(ids(choose(better, { held: MAIN, released: MAIN }))).toEqual([MAIN, MAIN.replace('main', 'better')]);
    expect(ids(choose([mesh()], { held: MAIN, released: MAIN }))).toEqual([LEGACY, undefined]);
  });

  it('refuses a proxy that its identity cannot name, or that would have to serve plaintext because nobody trusts its identity', () => {
    expect(choose([mesh(), trust('one.test'), identity('main', {}), ca('main')], {}, {}).refusal).toContain('.Workload is empty');
    expect(choose([mesh({}), identity('main', {}), ca('main')]).refusal).toContain('no MeshTrust names its trust domain');
    expect(choose([mesh(), identity('main', {}), ca('main')]).current?.id).toBe(LEGACY);
    expect(choose([mesh({}), trust('one.test'), identity('main', {})])).toEqual({ current: undefined, next: undefined, refusal: undefined });
  });
});
