import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { planMeshServices, type MeshServiceFacts } from './plan-mesh-services.ts';

const resource = (type: string, name: string, more: Partial<Resource>): Resource => ({ type, mesh: 'default', name, labels: {}, creationTime: '', modificationTime: '', version: 1, spec: {}, ...more });
const HOUR = 3_600_000;
const facts: MeshServiceFacts = {
  mesh: resource('Mesh', 'default', { mesh: '', spec: { meshServices: { mode: 'Everywhere' } } }),
  dataplanes: [],
  existing: [],
  isConnected: () => true,
  nowMs: Date.UTC(2026, 0, 1),
  gracePeriodMs: HOUR,
};
const generated = (labels: Record<string, string> = {}): Resource => resource('MeshService', 'web', { labels: { 'kuma.io/managed-by': 'meshservice-generator', ...labels }, spec: { state: 'Available' }, status: { vips: [{ ip: '241.0.0.1' }] } });

describe('the grace period of a service without dataplanes', () => {
  it('starts with a mark that says when, and keeps what others wrote in the status', () => {
    const { writes, lookAgainAtMs } = planMeshServices({ ...facts, existing: [generated()] });
    expect(writes).toMatchObject([{ op: 'put', name: 'web', labels: { 'kuma.io/deletion-grace-period-started-at': '2026-01-01T00-00-00.000Z' }, spec: { state: 'Unavailable' }, status: { vips: [{ ip: '241.0.0.1' }], dataplaneProxies: {} } }]);
    expect(lookAgainAtMs).toBe(facts.nowMs + HOUR);
  });

  it('ends with the service', () => {
    const marked = generated({ 'kuma.io/deletion-grace-period-started-at': '2026-01-01T00-00-00.000Z' });
    expect(planMeshServices({ ...facts, existing: [marked], nowMs: facts.nowMs + HOUR - 1 })).toEqual({ writes: [], lookAgainAtMs: facts.nowMs + HOUR });
    expect(planMeshServices({ ...facts, existing: [marked], nowMs: facts.nowMs + HOUR })).toEqual({ writes: [{ op: 'delete', name: 'web' }] });
  });
});

it('planning again after its own writes changes nothing', () => {
  const dataplanes = [resource('Dataplane', 'web-1', { spec: { networking: { inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }, { port: 81, name: 'admin', tags: { 'kuma.io/service': 'web' } }] } } })];
  const [write] = planMeshServices({ ...facts, dataplanes }).writes;
  if (write?.op !== 'put') throw new Error('nothing planned');
  const existing = [resource('MeshService', 'web', { labels: write.labels, spec: write.spec, status: write.status })];
  expect(planMeshServices({ ...facts, dataplanes, existing }).writes).toEqual([]);
});
