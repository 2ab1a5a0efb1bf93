import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpApp } from '../harness/http-app.ts';
import { serve } from '../harness/placed-workload.ts';
import { freePorts, TestMesh } from '../harness/test-mesh.ts';
import { Weftctl } from '../harness/weftctl.ts';

const LATER = { timeout: 90_000, interval: 200 };

interface Named {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly data?: string;
}

let zone: TestMesh;
let global: TestMesh;
let app: HttpApp;
let kdsPort = 0;
const folder = mkdtempSync(join(tmpdir(), 'weft-join-'));

beforeAll(async () => {
  const [port = 0, appPort = 0, inbound = 0] = await freePorts(3);
  kdsPort = port;
  zone = await TestMesh.start({ env: { WEFT_MULTIZONE_ZONE_NAME: 'east' } });
  app = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port: appPort });
  await serve(zone, { name: 'backend-1', service: 'backend', address: '127.0.5.9', port: inbound }, appPort);
  await zone.put({ type: 'MeshTimeout', name: 'own', spec: { targetRef: { kind: 'Mesh' }, rules: [{ default: { idleTimeout: '1234s' } }] } });
  global = await TestMesh.start({ mtls: 'elsewhere', env: { WEFT_MODE: 'global', WEFT_DEFAULTS_SKIP_MESH_CREATION: 'true', WEFT_MULTIZONE_GLOBAL_KDS_INTERFACE: '127.0.0.1', WEFT_MULTIZONE_GLOBAL_KDS_GRPC_PORT: String(kdsPort) } });
});

afterAll(async () => {
  await zone.close();
  await global.close();
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const items = async (plane: TestMesh, path: string): Promise<readonly Named[]> => ((await plane.api.getJson(`${path}?size=1000`)) as unknown as { readonly items: readonly Named[] }).items;
const secret = async (plane: TestMesh, name: string): Promise<string | undefined> => ((await plane.api.find(`/meshes/default/secrets/${name}`)) as unknown as Named | undefined)?.data;
const origin = async (path: string): Promise<string | undefined> => (await zone.api.getJson(path) as unknown as Named).labels?.['kuma.io/origin'];

it('a zone that stood alone joins with its mesh, its CA and the keys of its tokens, and leaves again with all of it', async () => {
  const [exporting, applying] = [await Weftctl.of(`http://127.0.0.1:${zone.ports.api}`), await Weftctl.of(`http://127.0.0.1:${global.ports.api}`)];
  const exported = await exporting.run('export', '--profile', 'federation');
  expect(exported).toMatchObject({ code: 0 });
  const file = join(folder, 'exported.yaml');
  writeFileSync(file, exported.out);
  const ca = await secret(zone, 'default.ca-builtin-key-ca-1');
  const applied = await applying.run('apply', '-f', file);
  expect(applied, applied.err).toMatchObject({ code: 0 });
  expect(await secret(global, 'default.ca-builtin-key-ca-1')).toBe(ca);

  await zone.stopPlane('SIGTERM');
  await zone.startPlane({ WEFT_MULTIZONE_ZONE_GLOBAL_ADDRESS: `grpcs://127.0.0.1:${kdsPort}`, WEFT_MULTIZONE_ZONE_KDS_TLS_SKIP_VERIFY: 'true', WEFT_MULTIZONE_ZONE_KDS_RETRY_BACKOFF: '100ms' });
  await expect.poll(() => origin('/meshes/default'), LATER).toBe('global');
  await expect.poll(() => items(global, '/meshes/default/dataplanes/_overview'), LATER).toMatchObject([{ labels: { 'kuma.io/display-name': 'backend-1', 'kuma.io/zone': 'east' }, dataplaneInsight: { mTLS: { issuedBackend: 'ca-1' } } }]);
  await expect.poll(async () => (await items(global, '/meshes/default/meshtimeouts')).map(({ labels }) => labels?.['kuma.io/display-name']), LATER).toContain('own');
  expect(await secret(zone, 'default.ca-builtin-key-ca-1')).toBe(ca);

  await zone.stopPlane('SIGTERM');
  await zone.startPlane();
  await zone.put({ type: 'MeshTimeout', name: 'later', spec: { targetRef: { kind: 'Mesh' }, rules: [{ default: { idleTimeout: '4321s' } }] } });
  await expect.poll(() => zone.api.getText('/meshes/default/dataplanes/backend-1/_config'), LATER).toContain('4321s');
  expect(await secret(zone, 'default.ca-builtin-key-ca-1')).toBe(ca);
  exporting.close();
  applying.close();
});
