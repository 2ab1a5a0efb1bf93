import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from '@weft/api-client';
import { describe, expect, it } from 'vitest';
import type { PlaneFacts } from './check.ts';
import type { ZoneState } from '../zones/zone-state.ts';
import { MACHINE_CHECKS, type MachineFacts } from './machine-checks.ts';
import { PLANE_CHECKS } from './plane-checks.ts';
import { runChecks, type CheckResult } from './run-checks.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

const KEYS = { globalSecrets: [{ name: 'user-token-signing-key-1' }], secrets: [{ mesh: 'default', name: 'dataplane-token-signing-key-default-1' }] };

/** A small mesh where everything is well. */
const WELL: PlaneFacts = {
  nowMs: NOW,
  clientVersion: '0',
  index: { product: 'Kuma', version: '2.14.3' },
  config: { ipam: { meshService: { cidr: '241.0.0.0/8' } } },
  meshes: [{ name: 'default', mtls: { enabledBackend: 'ca-1' } }],
  dataplanes: [{
    mesh: 'default', name: 'web', dataplane: { networking: { inbound: [{ tags: { 'kuma.io/service': 'web' } }], outbound: [{ tags: { 'kuma.io/service': 'web' } }] } },
    dataplaneInsight: { mTLS: { certificateExpirationTime: '2026-01-01T12:00:00Z', lastCertificateRegeneration: '2025-12-31T12:00:00Z' } },
  }],
  syncs: [{ mesh: 'default', name: 'web', state: 'SYNCED', types: { cds: { state: 'SYNCED', since: '2025-12-31T12:00:00Z' } } }],
  services: [],
  egresses: [],
  permissions: [{ mesh: 'default', name: 'allow' }],
  policies: [{ document: { type: 'MeshTimeout', mesh: 'default', name: 't' }, selected: 1 }],
  multizone: undefined,
  ownZone: undefined,
  ...KEYS,
};

const ZONE: ZoneState = {
  name: 'east', isEnabled: true, isConnected: true, since: '2025-12-31T23:00:00Z', version: '2.14.3', isCompatible: true, backend: 'memory', streams: ['globalToZone', 'zoneToGlobal'],
  healthTime: '2025-12-31T23:59:59Z', showsToken: true, nacks: [], refused: [], incidents: [], withdrawals: [], others: [], counts: new Map(),
};
const NACK = { type: 'MeshTimeout', message: 'no', time: '2025-12-31T23:59:00Z', resources: ['t'] };
const DEAD = { zone: 'west', by: 'east', effect: 'withdrawn', since: '2025-12-31T23:59:00Z' };
const INCIDENT = { kind: 'refused', reason: 'no token', time: '2025-12-31T23:59:00Z', count: 1 };
const GONE = { isConnected: false, since: '2025-12-31T23:59:00Z' };
const INGRESS = { labels: { 'kuma.io/zone': 'east' }, zoneIngress: { networking: { advertisedAddress: '192.0.2.1' } }, zoneIngressInsight: { subscriptions: [{ connectTime: '2025-12-31T23:00:00Z' }] } };

const OUTSIDE = { type: 'MeshExternalService', mesh: 'default', name: 'pay' };
const EGRESS = { name: 'e', zoneEgressInsight: { subscriptions: [{ connectTime: '2025-12-31T23:00:00Z' }] } };

/** Zone west beside an east that differs in something; east offers a service. */
const zonesWith = (zone: Partial<ZoneState>, ingress: Document = INGRESS): Partial<PlaneFacts> => ({
  config: { kds: { auth: 'none' } },
  multizone: { zones: [{ ...ZONE, ...zone }, { ...ZONE, name: 'west' }], strangers: [], ingresses: [ingress] },
  services: [{ type: 'MeshService', mesh: 'default', name: 's', labels: { 'kuma.io/zone': 'east' } }],
});

const [dataplane = {}] = WELL.dataplanes;
const [sync = { mesh: '', name: '', state: 'SYNCED' as const, types: {} }] = WELL.syncs;

/** What is wrong, and the check that must find it. */
const FAULTS: readonly (readonly [id: string, status: CheckResult['status'], facts: Partial<PlaneFacts>])[] = [
  ['WEFT-CP-001', 'warning', { index: { product: 'Kuma', version: '3.0.0' } }],
  ['WEFT-CP-002', 'error', { globalSecrets: [] }],
  ['WEFT-CP-002', 'error', { secrets: [] }],
  ['WEFT-CP-002', 'warning', { secrets: undefined }],
  ['WEFT-MESH-001', 'error', { permissions: [{ mesh: 'other', name: 'allow' }] }],
  ['WEFT-MESH-002', 'warning', { meshes: [{ name: 'default' }] }],
  ['WEFT-DP-001', 'warning', { syncs: [{ ...sync, state: 'OFFLINE' }] }],
  ['WEFT-DP-002', 'error', { syncs: [{ ...sync, state: 'NACK', types: { lds: { state: 'NACK', since: '2025-12-31T12:00:00Z', message: 'cannot bind' } } }] }],
  ['WEFT-DP-003', 'warning', { syncs: [{ ...sync, state: 'STALE', types: { lds: { state: 'STALE', since: '2025-12-31T23:58:00Z' } } }] }],
  ['WEFT-DP-004', 'warning', { nowMs: Date.parse('2026-01-01T11:00:00Z') }],
  ['WEFT-DP-004', 'error', { nowMs: Date.parse('2026-01-02T00:00:00Z') }],
  ['WEFT-POLICY-001', 'warning', { policies: [{ document: { type: 'MeshTimeout', mesh: 'default', name: 't' }, selected: 0 }] }],
  ['WEFT-SVC-001', 'warning', { dataplanes: [{ ...dataplane, dataplane: { networking: { outbound: [{ tags: { 'kuma.io/service': 'gone' } }] } } }] }],
  ['WEFT-SVC-002', 'error', { meshes: [{ name: 'default' }], services: ['east', 'west'].map((zone) => ({ type: 'MeshService', mesh: 'default', name: `s-${zone}`, labels: { 'kuma.io/zone': zone } })) }],
  ['WEFT-SVC-002', 'ok', { meshes: [{ name: 'default' }], services: ['a', 'b'].map((name) => ({ type: 'MeshService', mesh: 'default', name, labels: { 'kuma.io/zone': 'east' } })) }],
  ['WEFT-SVC-003', 'error', { services: [OUTSIDE] }],
  ['WEFT-SVC-003', 'error', { services: [OUTSIDE], egresses: [{ name: 'e', zoneEgressInsight: { subscriptions: [{ connectTime: '2025-12-31T22:00:00Z', disconnectTime: '2025-12-31T23:00:00Z' }] } }] }],
  ['WEFT-SVC-003', 'error', { meshes: [{ name: 'default' }], services: [OUTSIDE], egresses: [EGRESS] }],
  ['WEFT-SVC-003', 'ok', { services: [OUTSIDE], egresses: [EGRESS] }],
  ['WEFT-SVC-003', 'error', { ...zonesWith({}), meshes: [{ name: 'default' }], services: [OUTSIDE] }],
  ['WEFT-SVC-003', 'ok', { ...zonesWith({}), services: [OUTSIDE] }],
  ['WEFT-SVC-003', 'ok', { meshes: [{ name: 'default' }], services: [OUTSIDE], dataplanes: [{ mesh: 'default', name: 'gate', dataplane: {}, dataplaneInsight: { subscriptions: [{ connectTime: '2025-12-31T23:00:00Z' }] }, labels: { 'kuma.io/listener-zoneegress': 'enabled' } }] }],
  ['WEFT-DNS-001', 'error', { config: { ipam: { meshService: { cidr: '241.0.0.0/32' } } }, services: [{ type: 'MeshService', mesh: 'default', name: 's', status: { vips: [{ ip: '241.0.0.0' }] } }] }],
  ['WEFT-DNS-001', 'error', { config: { ipam: { meshExternalService: { cidr: 'fd00::/126' } } }, services: ['a', 'b'].map((name, at) => ({ type: 'MeshExternalService', mesh: 'default', name, status: { vip: { ip: `fd00::${at + 1}` } } })) }],
  ['WEFT-DNS-001', 'ok', { config: { ipam: { meshService: { cidr: 'fd00::/64' } } }, services: [{ type: 'MeshService', mesh: 'default', name: 's', status: { vips: [{ ip: 'fd00::1' }] } }, { type: 'MeshService', mesh: 'default', name: 't', status: { vips: [] } }] }],
  ['WEFT-ZONE-001', 'warning', zonesWith(GONE)],
  ['WEFT-ZONE-001', 'warning', zonesWith({ isConnected: false, since: undefined })],
  ['WEFT-ZONE-002', 'error', zonesWith({ isCompatible: false })],
  ['WEFT-ZONE-003', 'error', zonesWith({ nacks: [NACK] })],
  ['WEFT-ZONE-004', 'error', zonesWith({ streams: ['globalToZone'] })],
  ['WEFT-ZONE-004', 'error', zonesWith({ healthTime: '2025-12-31T23:00:00Z' })],
  ['WEFT-ZONE-004', 'ok', zonesWith({ ...GONE, streams: [] })],
  ['WEFT-ZONE-005', 'warning', zonesWith({}, { ...INGRESS, labels: { 'kuma.io/zone': 'west' } })],
  ['WEFT-ZONE-005', 'warning', zonesWith({}, { ...INGRESS, zoneIngress: { networking: {} } })],
  ['WEFT-ZONE-005', 'ok', zonesWith({})],
  ['WEFT-ZONE-006', 'warning', zonesWith({ showsToken: false })],
  ['WEFT-ZONE-006', 'ok', { ...zonesWith({ showsToken: false }), config: { kds: { auth: 'token' } } }],
  ['WEFT-ZONE-007', 'error', { ownZone: { ...ZONE, ...GONE } }],
  ['WEFT-ZONE-007', 'ok', { ownZone: ZONE }],
  ['WEFT-ZONE-003', 'error', { ownZone: { ...ZONE, nacks: [NACK] } }],
  ['WEFT-ZONE-008', 'error', zonesWith({ withdrawals: [DEAD] })],
  ['WEFT-ZONE-008', 'error', { ownZone: { ...ZONE, withdrawals: [DEAD] } }],
  ['WEFT-ZONE-008', 'warning', zonesWith({ withdrawals: [{ ...DEAD, effect: 'lowered' }] })],
  ['WEFT-ZONE-009', 'warning', zonesWith({ incidents: [{ ...INCIDENT, kind: 'stalled' }] })],
  ['WEFT-ZONE-009', 'warning', { ownZone: { ...ZONE, incidents: [{ ...INCIDENT, kind: 'stalled' }] } }],
  ['WEFT-ZONE-009', 'ok', zonesWith({ incidents: [{ ...INCIDENT, kind: 'stalled', time: '2025-12-31T23:00:00Z' }] })],
  ['WEFT-ZONE-010', 'warning', zonesWith({ incidents: [INCIDENT] })],
  ['WEFT-ZONE-010', 'warning', { multizone: { zones: [], strangers: [{ name: 'north', incidents: [INCIDENT] }], ingresses: [] } }],
  ['WEFT-ZONE-011', 'error', zonesWith({ refused: [NACK] })],
];

describe('checks of a control plane', () => {
  it('find nothing where all is well', async () => {
    expect((await runChecks(PLANE_CHECKS, WELL)).filter(({ status }) => status !== 'ok')).toEqual([]);
  });

  it.each(FAULTS)('%s (%s)', async (id, status, facts) => {
    const result = (await runChecks(PLANE_CHECKS, { ...WELL, ...facts })).find((one) => one.id === id);
    expect(result?.status).toBe(status);
    for (const finding of result?.findings ?? []) expect([finding.message, finding.hint]).not.toContain('');
  });

  // The CA in testdata ends on 2026-11-20.
  it('a CA near its end is found', async () => {
    const pem = readFileSync(join(import.meta.dirname, 'testdata', 'old-ca.pem'));
    const result = (await runChecks(PLANE_CHECKS, { ...WELL, nowMs: Date.parse('2026-12-01T00:00:00Z'), secrets: [...KEYS.secrets, { mesh: 'default', name: 'default.ca-builtin-cert-ca-1', data: pem.toString('base64') }] })).find(({ id }) => id === 'WEFT-CP-003');
    expect(result?.findings[0]).toMatchObject({ severity: 'error' });
  });
});

const GOOD_MACHINE: MachineFacts = { nodeVersion: 'v20.1.0', platform: 'linux', isRoot: true, openFiles: 65_536, find: (program) => `/usr/bin/${program}`, isFree: async () => true };

it('checks of a machine find nothing on a good one, and something on any other', async () => {
  expect((await runChecks(MACHINE_CHECKS, GOOD_MACHINE)).map(({ status }) => status)).toEqual(MACHINE_CHECKS.map(() => 'ok'));
  const bare: MachineFacts = { nodeVersion: 'v18.0.0', platform: 'darwin', isRoot: false, openFiles: 1024, find: () => undefined, isFree: async () => false };
  expect((await runChecks(MACHINE_CHECKS, bare)).filter(({ status }) => status === 'ok')).toEqual([]);
});

it('every id stands once, and in the documentation', () => {
  const ids = ['WEFT-CP-000', ...[...PLANE_CHECKS, ...MACHINE_CHECKS].map(({ id }) => id)];
  expect(new Set(ids).size).toBe(ids.length);
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/operating.md'), 'utf8');
  expect([...page.matchAll(/^\| `(WEFT-[A-Z]+-\d+)`/gm)].map(([, id]) => id).sort()).toEqual(ids.sort());
});
