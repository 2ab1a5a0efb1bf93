import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@weft/service-runtime/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig, startControlPlane, type RunningControlPlane } from './index.ts';
import { startLines } from './start-lines.ts';

const LOOPBACK = Object.fromEntries(['apiServer.http', 'apiServer.https', 'dpServer', 'dnsServer', 'monitoringAssignmentServer'].flatMap((section) => [[`${section}.interface`, '127.0.0.1'], [`${section}.port`, '0']]));
const FREE_PORTS = { ...LOOPBACK, 'diagnostics.serverPort': '0', 'multizone.global.kds.interface': '127.0.0.1', 'multizone.global.kds.grpcPort': '0', 'store.type': 'memory' };

let workDir: string;
const running: RunningControlPlane[] = [];

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'weft-global-'));
});

afterEach(async () => {
  for (const plane of running.splice(0).reverse()) await plane.close();
  await rm(workDir, { recursive: true, force: true });
});

const configOf = (flags: Record<string, string>): ReturnType<typeof readConfig> => readConfig({ env: {}, flags: { ...FREE_PORTS, 'general.workDir': workDir, ...flags } });

async function start(flags: Record<string, string>): Promise<RunningControlPlane> {
  const { config, loaded } = configOf(flags);
  const plane = await startControlPlane({ config, loaded, env: {}, log: silentLogger });
  running.push(plane);
  await plane.ready;
  return plane;
}

async function call(plane: RunningControlPlane, path: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
  const init = body === undefined ? {} : { method: path.startsWith('/tokens') ? 'POST' : 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const text = await (await fetch(`http://${plane.addresses['http'] ?? ''}${path}`, init)).text();
  return path.startsWith('/tokens') ? { token: text } : (JSON.parse(text) as Record<string, unknown>);
}

test('a global control plane runs what it needs, says where zones reach it, and lets in over TLS a zone that has a token', async () => {
  const global = await start({ mode: 'global', 'kds.auth': 'token' });
  expect(global.apps.map(({ name }) => name)).toEqual(['global-store', 'ca-service', 'kds-sync']);
  expect(startLines(global, configOf({ mode: 'global' }).config, 0).join('\n')).toMatch(/zones \(KDS\) +grpcs:\/\/127\.0\.0\.1:\d+\n[^]*generate zone-token/);

  const { data } = await call(global, '/global-secrets/inter-cp-ca');
  const rootCaFile = join(workDir, 'ca.pem');
  await writeFile(rootCaFile, Buffer.from(String(data), 'base64').toString().match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/)?.[0] ?? '');
  const { token } = await call(global, '/tokens/zone', { zone: 'east', scope: ['cp'], validFor: '1h' });
  const zone = await start({
    'general.workDir': join(workDir, 'east'), 'multizone.zone.name': 'east', 'multizone.zone.globalAddress': `grpcs://${global.addresses['kds'] ?? ''}`.replace('127.0.0.1', 'localhost'),
    'multizone.zone.kds.rootCaFile': rootCaFile, 'multizone.zone.kds.token': String(token),
  });
  await expect.poll(async () => (await call(zone, '/meshes/default'))['name']).toBe('default');
  await expect.poll(async () => await call(global, '/zones/east/_overview')).toMatchObject({
    zone: { enabled: true }, zoneInsight: { subscriptions: [{ authTokenProvided: true, version: { kumaCp: { kumaCpGlobalCompatible: true } } }], kdsStreams: { globalToZone: {}, zoneToGlobal: {}, configDump: {} } },
  });
  await call(zone, '/meshes/default/dataplanes/web-1', { type: 'Dataplane', mesh: 'default', name: 'web-1', networking: { address: '192.0.2.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } });
  await expect.poll(async () => (await call(global, '/meshes/default/dataplanes'))['total']).toBe(1);
  expect(await call(global, '/global-insight')).toMatchObject({ zones: { controlPlanes: { online: 1, total: 1 } } });
});

test('what serves proxies is no app of a global control plane', () => {
  const { config, loaded } = configOf({ mode: 'global' });
  expect(loaded.warnings).toEqual([]);
  return expect(startControlPlane({ config, loaded, env: {}, log: silentLogger, apps: ['xds-server'] })).rejects.toThrow('there is no app "xds-server" in a global control plane: choose from global-store, ca-service, kds-sync');
});
