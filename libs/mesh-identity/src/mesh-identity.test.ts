import { err, ok } from '@weft/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReady, matchingIdentities, spiffeIdOf, trustDomainOf, trustedDomains, usesWorkload, type MeshIdentity } from './index.ts';

function identity(name: string, matchLabels: Record<string, string> | undefined, spiffeID: MeshIdentity['spec']['spiffeID'] = {}): MeshIdentity {
  const selector = matchLabels === undefined ? {} : { selector: { dataplane: { matchLabels } } };
  return { type: 'MeshIdentity', mesh: 'shop', name, labels: { team: 'blue' }, creationTime: '', modificationTime: '', version: 1, spec: { ...selector, spiffeID, provider: { type: 'Bundled' } } };
}

const proxy = (labels: Record<string, string>) => ({ mesh: 'shop', name: 'web-1', labels: { 'kuma.io/zone': 'east', 'kuma.io/env': 'universal', ...labels } });

describe('matchingIdentities', () => {
  it('puts the one that asks for most labels first, then the smallest name; without selector it selects nobody', () => {
    const all = [identity('none', undefined), identity('b-all', {}), identity('a-all', {}), identity('app', { app: 'web' }), identity('both', { app: 'web', v: '1' }), identity('other', { app: 'api' })];
    expect(matchingIdentities(all, { app: 'web', v: '1' }).map(({ name }) => name)).toEqual(['both', 'app', 'a-all', 'b-all']);
    expect(matchingIdentities(all, {}).map(({ name }) => name)).toEqual(['a-all', 'b-all']);
  });
});

describe('spiffeIdOf', () => {
  it.each<readonly [string, MeshIdentity['spec']['spiffeID'], Record<string, string>, string]>([
    ['defaults', {}, { 'kuma.io/workload': 'web' }, 'spiffe://shop.east.mesh.local/workload/web'],
    ['Kubernetes', {}, { 'kuma.io/env': 'kubernetes', 'k8s.kuma.io/namespace': 'ns', 'k8s.kuma.io/service-account': 'sa' }, 'spiffe://shop.east.mesh.local/ns/ns/sa/sa'],
    ['own templates', { trustDomain: '{{ label "team" }}.test', path: '/{{ label "app" }}' }, { app: 'x' }, 'spiffe://blue.test/x'],
  ])('%s', (_, spiffeID, labels, id) => expect(spiffeIdOf(identity('one', {}, spiffeID), proxy(labels))).toEqual(ok(id)));

  it.each<readonly [string, MeshIdentity['spec']['spiffeID'], Record<string, string>, string]>([
    ['no workload', {}, {}, '.Workload is empty: give the Dataplane the label kuma.io/workload'],
    ['a label that is not there', { path: '/{{ label "app" }}' }, {}, 'label "app" is not set'],
    ['a path that is none', { path: '/{{ label "app" }}' }, { app: 'a b' }, 'is no SPIFFE path'],
    ['a path that climbs', { path: '/a/../{{ .Mesh }}' }, {}, 'is no SPIFFE path'],
    ['a trust domain in capitals', { trustDomain: 'A' }, { 'kuma.io/workload': 'w' }, 'gives the trust domain "A"'],
  ])('says what is wrong: %s', (_, spiffeID, labels, reason) => expect(spiffeIdOf(identity('one', {}, spiffeID), proxy(labels))).toEqual(err(expect.stringContaining(reason))));

  it('never throws, and what it gives is one URI of the trust domain', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('/', '{{ .Workload }}', '{{ .Mesh }}', '{{ label "app" }}', '{{', ','));
    const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
    fc.assert(fc.property(text, text, fc.string(), (trustDomain, path, workload) => {
      const made = spiffeIdOf(identity('one', {}, { trustDomain, path }), proxy({ 'kuma.io/workload': workload, app: workload }));
      if (made.ok) expect(made.value).toMatch(/^spiffe:\/\/[a-z0-9._-]+(\/[A-Za-z0-9._-]+)+$/);
      else expect(made.error).not.toBe('');
    }));
  });
});

describe('an identity', () => {
  it('has a trust domain of its own, whoever asks', () => {
    expect(trustDomainOf(identity('one', {}), 'west')).toEqual(ok('shop.west.mesh.local'));
    expect(trustDomainOf(identity('one', {}, { trustDomain: '{{ label "none" }}' }), 'west')).toEqual(err(expect.stringContaining('label "none" is not set')));
  });

  it('uses the workload by default, or where its path says so', () => {
    expect([{}, { path: '/{{ .Workload }}' }, { path: '/{{ label "kuma.io/workload" }}' }, { path: '/x' }].map((spiffeID) => usesWorkload(identity('one', {}, spiffeID)))).toEqual([true, true, true, false]);
  });

  it('is ready once its status says so', () => {
    const condition = (status: 'True' | 'False') => ({ ...identity('one', {}), status: { conditions: [{ type: 'Ready', status, reason: '', message: '' }] } });
    expect([isReady(identity('one', {})), isReady(condition('False')), isReady(condition('True'))]).toEqual([false, false, true]);
  });
});

describe('trustedDomains', () => {
  it('joins what several MeshTrusts say of one domain', () => {
    const trust = (trustDomain: string, ...values: string[]) => ({ spec: { trustDomain, caBundles: values.map((value) => ({ type: 'Pem' as const, pem: { value } })) } });
    expect(trustedDomains([trust('b', '2'), trust('a', '1'), trust('b', '1', '2')])).toEqual([{ name: 'a', caPem: ['1'] }, { name: 'b', caPem: ['1', '2'] }]);
  });
});
