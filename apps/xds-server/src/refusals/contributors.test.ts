import { createConfigEngine, type ConfigEngine } from '@weft/config-pipeline';
import { client, dataplane, drain, mesh, resource } from '@weft/config-pipeline/testing';
import type { Resource } from '@weft/resource-model';
import type { XdsType } from '@weft/xds-core';
import { expect, it } from 'vitest';
import { Contributors } from './contributors.ts';
import type { Refusal } from './refusals.ts';

const web = client('web-1');
const OF_WEB = { kind: 'MeshSubset', tags: { 'kuma.io/service': 'web' } };
const patch = (name: string, targetRef: object, value: string): Resource => resource('MeshProxyPatch', name, { targetRef, default: { appendModifications: [{ cluster: { operation: 'Patch', match: { name: 'backend' }, value } }] } });

function engineWith(...policies: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine();
  engine.load([
    mesh(), dataplane({ name: 'web-1', address: '10.0.0.1', service: 'web', outbounds: [{ port: 10_001, service: 'backend' }] }),
    dataplane({ name: 'backend-1', address: '10.0.0.2', service: 'backend' }), ...policies,
  ]);
  engine.connect(web);
  drain(engine);
  return engine;
}

function refusalOf(engine: ConfigEngine, type: XdsType, name: string): Refusal {
  const version = engine.config(web.key)?.snapshot[type].get(name)?.version;
  if (version === undefined) throw new Error(`there is no ${type} ${name}`);
  return { type, resource: name, version, message: 'no', since: 0 };
}

async function contributors(engine: ConfigEngine, refusal: Refusal): Promise<readonly string[]> {
  const found = await (await Contributors.start('default', engine.knowledge('default'))).find(web, [refusal]);
  return found.get(refusal) ?? [];
}

const timeout = resource('MeshTimeout', 'slow', { targetRef: OF_WEB, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '7s' } }] });
const inbound = resource('MeshTimeout', 'inbound', { targetRef: OF_WEB, rules: [{ default: { connectionTimeout: '8s' } }] });

it('policies without which the resource would be another one contributed to it, whatever their type', async () => {
  const engine = engineWith(timeout, inbound, patch('bad', { kind: 'Mesh' }, 'lb_policy: RING_HASH'), patch('others', { kind: 'MeshSubset', tags: { 'kuma.io/service': 'backend' } }, 'lb_policy: RANDOM'));
  expect(await contributors(engine, refusalOf(engine, 'cds', 'backend'))).toEqual(['MeshTimeout/default/slow', 'MeshProxyPatch/default/bad']);
});

it('what has changed since it was refused is blamed on nobody', async () => {
  const engine = engineWith(timeout);
  expect(await contributors(engine, { ...refusalOf(engine, 'cds', 'backend'), version: 'older' })).toEqual([]);
});

it('a policy of the first generation is found too', async () => {
  const legacy = resource('Timeout', 'old', { sources: [{ match: { 'kuma.io/service': '*' } }], destinations: [{ match: { 'kuma.io/service': '*' } }], conf: { connectTimeout: '9s' } });
  const engine = engineWith(legacy);
  expect(await contributors(engine, refusalOf(engine, 'cds', 'backend'))).toEqual(['Timeout/default/old']);
});

it('what could not be built is told of too', async () => {
  const broken = resource('MeshProxyPatch', 'broken', { targetRef: OF_WEB, default: { appendModifications: [{ cluster: { operation: 'Patch', match: { name: 'backend' }, jsonPatches: [{ op: 'replace', path: '/no/such', value: 1 }] } }] } });
  const engine = engineWith(timeout, broken);
  const [problem] = engine.config(web.key)?.problems ?? [];
  const refusal = { resource: problem?.resource ?? '', version: problem?.reason ?? '', message: '', since: 0 };
  expect(await contributors(engine, refusal)).toEqual(['MeshProxyPatch/default/broken']);
});
