import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Resource } from '../resource.ts';
import { dataplaneType } from '../types/dataplane/dataplane.ts';
import { meshServiceType } from '../types/mesh-service/mesh-service.ts';
import { meshType } from '../types/mesh/mesh.ts';
import { workloadType } from '../types/workload/workload.ts';
import { labelViolations } from './check-labels.ts';
import { virtualIpType } from '../types/internal/internal-types.ts';
import { nameViolations } from './check-name.ts';
import { computeLabels, immutableLabelViolations } from './compute-labels.ts';
import { formatKri, kriOf, parseKri } from './kri.ts';
import type { ControlPlaneSite } from './site.ts';

const ZONE: ControlPlaneSite = { mode: 'zone', federated: false, zone: 'default', environment: 'universal' };
const FEDERATED: ControlPlaneSite = { ...ZONE, federated: true, zone: 'east' };
const GLOBAL: ControlPlaneSite = { ...ZONE, mode: 'global' };

function resource(fields: Partial<Resource> = {}): Resource {
  return { type: 'Dataplane', mesh: 'demo', name: 'web-1', labels: {}, creationTime: '', modificationTime: '', version: 1, spec: {}, ...fields };
}

describe('names', () => {
  it.each([['web-1', 0], ['web.1', 0], ['', 1], ['-web', 1], ['web_1', 1], ['a'.repeat(253), 0], ['a'.repeat(254), 1]] as const)('%s', (name, violations) => {
    expect(nameViolations(dataplaneType, { type: 'Dataplane', mesh: 'demo', name })).toHaveLength(violations);
  });

  it('leave room for the zone on a federated one, and are short for meshes', () => {
    const name = 'a'.repeat(250);
    expect(nameViolations(dataplaneType, resource({ name }), ZONE)).toEqual([]);
    expect(nameViolations(dataplaneType, resource({ name }), FEDERATED)).toEqual([{ path: 'name', message: 'value length must less or equal 248' }]);
    expect(nameViolations(meshType, { type: 'Mesh', mesh: '', name: 'a'.repeat(64) })).toHaveLength(1);
    expect(nameViolations(virtualIpType, { type: 'VirtualIp', mesh: '', name: 'fd00::1' })).toEqual([]);
    expect(nameViolations(meshType, { type: 'Mesh', mesh: '', name: 'fd00::1' })).toHaveLength(1);
  });
});

describe('labels', () => {
  it.each([
    [{ 'a/b': 'c' }, ZONE, []],
    [{ 'a/b/c': 'd' }, ZONE, ['labels["a/b/c"]']],
    [{ a: 'b c' }, ZONE, ['labels["a"]']],
    [{ 'kuma.io/origin': 'moon' }, ZONE, ['labels["kuma.io/origin"]']],
    [{ 'kuma.io/origin': 'zone' }, GLOBAL, ['labels["kuma.io/origin"]']],
    [{ 'kuma.io/zone': 'west' }, ZONE, ['labels["kuma.io/zone"]']],
    [{ 'kuma.io/mesh': 'other' }, ZONE, ['labels["kuma.io/mesh"]']],
    [{ 'kuma.io/workload': 'web' }, ZONE, []],
    [{ 'kuma.io/workload': '1web' }, ZONE, ['labels["kuma.io/workload"]']],
    [{ 'kuma.io/workload': 'web' }, GLOBAL, ['labels["kuma.io/workload"]']],
  ] as const)('%j', (labels, site, paths) => {
    expect(labelViolations(dataplaneType, resource({ labels }), site).map(({ path }) => path)).toEqual(paths);
  });

  it('must name the origin on a federated zone, for types with a spec', () => {
    const expected = [{ path: 'labels["kuma.io/origin"]', message: "the origin label must be set to 'zone'" }];
    expect(labelViolations(meshServiceType, resource({ type: 'MeshService' }), FEDERATED)).toEqual(expected);
    expect(labelViolations(meshServiceType, resource({ type: 'MeshService', labels: { 'kuma.io/origin': 'zone' } }), FEDERATED)).toEqual([]);
    expect(labelViolations(dataplaneType, resource(), FEDERATED)).toEqual([]);
    expect(labelViolations(meshServiceType, resource({ type: 'MeshService' }), { ...FEDERATED, originLabelOptional: true })).toEqual([]);
  });

  it('are computed as Kuma does on a zone', () => {
    expect(computeLabels(dataplaneType, resource({ labels: { app: 'api' } }), ZONE)).toEqual({
      app: 'api', 'kuma.io/env': 'universal', 'kuma.io/mesh': 'demo', 'kuma.io/origin': 'zone', 'kuma.io/proxy-type': 'sidecar', 'kuma.io/zone': 'default',
    });
    expect(computeLabels(meshType, resource({ type: 'Mesh', mesh: '' }), ZONE)).toEqual({});
    expect(computeLabels(dataplaneType, resource({ spec: { networking: { gateway: {} } } }), GLOBAL)).toEqual({ 'kuma.io/mesh': 'demo', 'kuma.io/proxy-type': 'gateway' });
    expect(computeLabels(workloadType, resource({ type: 'Workload' }), FEDERATED)).toEqual({ 'kuma.io/env': 'universal', 'kuma.io/mesh': 'demo', 'kuma.io/zone': FEDERATED.zone });
    expect(labelViolations(workloadType, resource({ type: 'Workload' }), FEDERATED)).toEqual([]);
    expect(computeLabels(meshServiceType, resource({ type: 'MeshService', labels: { 'kuma.io/origin': 'global' } }), ZONE)).not.toHaveProperty(['kuma.io/zone']);
  });

  it('say which immutable ones changed', () => {
    expect(immutableLabelViolations({ 'kuma.io/origin': 'zone', 'kuma.io/zone': 'default', a: 'b' }, { 'kuma.io/origin': 'global' })).toEqual([
      { path: 'labels["kuma.io/origin"]', message: 'is immutable, cannot be changed from "zone" to "global"' },
      { path: 'labels["kuma.io/zone"]', message: 'is immutable, cannot be removed (was "default")' },
    ]);
  });
});

describe('KRI', () => {
  it('names mesh, zone, display name and section', () => {
    expect(kriOf(meshType, resource({ mesh: '', name: 'default' }))).toBe('kri_m____default_');
    expect(kriOf(dataplaneType, resource({ labels: { 'kuma.io/zone': 'default' } }), 'http')).toBe('kri_dp_demo_default__web-1_http');
  });

  it('parses what it writes, and refuses what has fewer parts', () => {
    const part = fc.stringMatching(/^[a-z0-9.-]{0,8}$/);
    fc.assert(fc.property(fc.record({ shortName: part, mesh: part, zone: part, namespace: part, name: part, section: fc.stringMatching(/^[a-z_]{0,8}$/) }), (kri) => {
      expect(parseKri(formatKri(kri))).toEqual({ ok: true, value: kri });
    }));
    expect(parseKri('kri_nope')).toEqual({ ok: false, error: 'invalid identifier string: "kri_nope"' });
  });
});
