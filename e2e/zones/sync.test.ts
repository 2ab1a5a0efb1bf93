import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSignedCertificate } from '@weft/grpc-transport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp } from '../harness/http-app.ts';
import { serve } from '../harness/placed-workload.ts';
import { freePorts } from '../harness/test-mesh.ts';
import { TestZones, type TestZone } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 100 };

interface Named {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

describe('a global control plane and its zone', () => {
  let zones: TestZones;
  let app: HttpApp;
  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east'] });
    const [appPort = 0, inbound = 0] = await freePorts(2);
    app = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port: appPort });
    await serve(zones.zone('east').plane, { name: 'backend-1', service: 'backend', address: '127.0.5.1', port: inbound }, appPort);
  });
  afterAll(async () => {
    await zones.close();
    await app.close();
  });

  const itemsOf = async (from: 'global' | 'zone', path: string): Promise<readonly Named[]> => {
    const { api } = from === 'global' ? zones.global : zones.zone('east').plane;
    return ((await api.getJson(path)) as unknown as { readonly items: readonly Named[] }).items;
  };

  it('a policy that is written at the global control plane is in the Envoys of the zone, and goes with its delete', async () => {
    await zones.global.put({ type: 'MeshTimeout', name: 'a-timeout', spec: { targetRef: { kind: 'Mesh' }, rules: [{ default: { idleTimeout: '4321s' } }] } });
    const proxyConfig = (): Promise<unknown> => zones.zone('east').plane.api.getText('/meshes/default/dataplanes/backend-1/_config');
    await expect.poll(proxyConfig, LATER).toContain('4321s');
    const synced = (await itemsOf('zone', '/meshes/default/meshtimeouts')).find(({ labels }) => labels?.['kuma.io/display-name'] === 'a-timeout');
    expect(synced?.name).toMatch(/^a-timeout-[a-z0-9]{16}$/);
    expect(synced?.labels).toMatchObject({ 'kuma.io/origin': 'global' });
    await zones.global.delete('MeshTimeout', 'a-timeout');
    await expect.poll(proxyConfig, LATER).not.toContain('4321s');
  });

  it('proxies of the zone are seen at the global control plane, with their state', async () => {
    const overviews = (): Promise<unknown> => itemsOf('global', '/meshes/default/dataplanes/_overview');
    await expect.poll(overviews, LATER).toMatchObject([{
      labels: { 'kuma.io/display-name': 'backend-1', 'kuma.io/zone': 'east', 'kuma.io/origin': 'zone' },
      dataplaneInsight: { mTLS: { issuedBackend: 'ca-1' }, subscriptions: [{ connectTime: expect.any(String) as string }] },
    }]);
  });

  it('a zone that trusts the CA of the global control plane is synced; one that trusts another is not, and its metrics say so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-zones-'));
    const trusting = async (name: string, pem: string): Promise<TestZone> => {
      writeFileSync(join(folder, name), pem);
      return zones.add(name, { WEFT_MULTIZONE_ZONE_KDS_TLS_SKIP_VERIFY: 'false', WEFT_MULTIZONE_ZONE_KDS_ROOT_CA_FILE: join(folder, name) });
    };
    const { data } = (await zones.global.api.getJson('/global-secrets/inter-cp-ca')) as { readonly data?: string };
    await zones.synced(await trusting('right', new X509Certificate(Buffer.from(data ?? '', 'base64')).toString()));
    const wrong = await trusting('wrong', (await selfSignedCertificate()).certificatePem);
    const metrics = (): Promise<string> => fetch(`http://127.0.0.1:${wrong.plane.ports.diagnostics}/metrics`).then((answer) => answer.text());
    await expect.poll(metrics, LATER).toMatch(/^weft_kds_sync_zone_sync_restarts [1-9]/m);
    expect(await metrics()).toMatch(/^weft_kds_sync_zone_sync_connected 0$/m);
    expect(wrong.plane.planeOutput).toMatch(/certificate/);
    rmSync(folder, { recursive: true, force: true });
  });

  it('what their Envoys say is asked for across the zones, and why it cannot be had is told', async () => {
    const [proxy] = await itemsOf('global', '/meshes/default/dataplanes');
    const ask = (what: string): Promise<string> => zones.global.api.getText(`/meshes/default/dataplanes/${proxy?.name ?? ''}/${what}`);
    expect(await ask('clusters')).toContain('localhost:');
    expect(await ask('stats')).toContain('server.live: 1');
    expect(await ask('xds')).toContain('inbound');
    zones.zone('east').link.cut();
    await expect.poll(() => ask('stats').catch((error: unknown) => (error as Error).message), LATER).toMatch(/offline|could not/);
    zones.zone('east').link.heal();
    await expect.poll(() => ask('stats').catch((error: unknown) => (error as Error).message), LATER).toContain('server.live: 1');
  });
});
