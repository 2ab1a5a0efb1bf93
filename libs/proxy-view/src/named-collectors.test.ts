import { MeshIndex } from '@weft/mesh-index';
import { weftRegistry } from '@weft/policy-model';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { matchPolicies } from './matched-policies.ts';
import { forwardsTelemetry, namedCollectors } from './named-collectors.ts';
import { proxyConfs } from './proxy-confs.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const made = (type: string, name: string, spec: unknown, mesh = 'default'): Resource => ({ type, name, mesh, labels: {}, creationTime: TIME, modificationTime: TIME, version: 1, spec });
const to = (name: string) => ({ type: 'OpenTelemetry', openTelemetry: { backendRef: { kind: 'MeshOpenTelemetryBackend', name } } });
const BASE = [made('Mesh', 'default', {}, ''), made('Dataplane', 'web-1', { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } })];

function named(...resources: Resource[]) {
  const mesh = MeshIndex.rebuild((name) => weftRegistry.byName(name), [...BASE, ...resources]).mesh('default');
  const entry = mesh?.dataplanes.get('web-1');
  if (mesh === undefined || entry === undefined) throw new Error('not there');
  const matched = matchPolicies(mesh, entry);
  return namedCollectors(mesh, matched, proxyConfs(mesh, entry, matched));
}

describe('named collectors', () => {
  it('are those that any policy of the proxy refers to, with what is sent', () => {
    expect(named(
      made('MeshOpenTelemetryBackend', 'b', { endpoint: { address: 'otel', port: 1, path: '/x' }, protocol: 'http', env: { mode: 'Required' } }), made('MeshOpenTelemetryBackend', 'a', {}), made('MeshOpenTelemetryBackend', 'port', { endpoint: { port: 9 } }), made('MeshOpenTelemetryBackend', 'unused', {}),
      made('MeshAccessLog', 'out', { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { backends: [to('b'), { type: 'OpenTelemetry', openTelemetry: { endpoint: 'other:1' } }] } }] }),
      made('MeshAccessLog', 'in', { targetRef: { kind: 'Mesh' }, rules: [{ default: { backends: [to('port'), to('gone')] } }] }),
      made('MeshAccessLog', 'others', { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'other' } }, rules: [{ default: { backends: [to('unused')] } }] }),
      made('MeshTrace', 'spans', { targetRef: { kind: 'Mesh' }, default: { backends: [to('a')] } }),
      made('MeshMetric', 'metrics', { targetRef: { kind: 'Mesh' }, default: { backends: [to('b')] } }),
    )).toEqual([
      { collector: { name: 'a', address: '127.0.0.1', port: 4317, protocol: 'grpc', isImplied: true }, signals: ['traces'] },
      { collector: { name: 'b', address: 'otel', port: 1, protocol: 'http', path: '/x', env: { mode: 'Required' } }, signals: ['logs', 'metrics'] },
      { collector: { name: 'port', address: '127.0.0.1', port: 9, protocol: 'grpc' }, signals: ['logs'] },
    ]);
  });

  it('pass an agent that says so, and has a folder', () => {
    const features = new Set(['feature-otel-via-kuma-dp']);
    expect([{ features, workdir: '/run' }, { features, workdir: '' }, { features: new Set<string>(), workdir: '/run' }].map(forwardsTelemetry)).toEqual([true, false, false]);
  });
});
