import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askUdp } from '@weft/dns-server/testing';
import { silentLogger } from '@weft/service-runtime/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { APPS, readConfig, startControlPlane, type RunningControlPlane } from './index.ts';

const FREE_PORTS = { 'apiServer.http.port': '0', 'apiServer.https.port': '0', 'dpServer.port': '0', 'diagnostics.serverPort': '0', 'apiServer.http.interface': '127.0.0.1', 'apiServer.https.interface': '127.0.0.1', 'dpServer.interface': '127.0.0.1', 'dnsServer.interface': '127.0.0.1', 'dnsServer.port': '0', 'monitoringAssignmentServer.interface': '127.0.0.1', 'monitoringAssignmentServer.port': '0' };

let workDir: string;
const running: RunningControlPlane[] = [];

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'weft-cp-'));
});

afterEach(async () => {
  for (const plane of running.splice(0)) await plane.close();
  await rm(workDir, { recursive: true, force: true });
});

async function start(flags: Record<string, string> = {}, apps?: readonly string[]): Promise<RunningControlPlane> {
  const { config, loaded } = readConfig({ env: {}, flags: { ...FREE_PORTS, 'general.workDir': workDir, ...flags } });
  const plane = await startControlPlane({ config, loaded, env: {}, log: silentLogger, ...(apps === undefined ? {} : { apps }) });
  running.push(plane);
  return plane;
}

const api = (plane: RunningControlPlane, path: string, init?: RequestInit) => fetch(`http://${plane.addresses['http'] ?? ''}${path}`, init);

async function putMesh(plane: RunningControlPlane, name: string): Promise<number> {
  const body = JSON.stringify({ type: 'Mesh', name, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } });
  return (await api(plane, `/meshes/${name}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body })).status;
}

test('all apps in one process: they become ready, say where they listen, and the API answers', async () => {
  const plane = await start({ 'store.type': 'memory' });
  expect(plane.apps.map(({ name }) => name)).toEqual(APPS.map(({ name }) => name));
  await plane.ready;
  expect(plane.isReady()).toBe(true);
  expect((await fetch(`http://${plane.addresses['diagnostics'] ?? ''}/ready`)).status).toBe(200);
  expect(await (await api(plane, '/')).json()).toMatchObject({ product: expect.any(String) });
  expect(await putMesh(plane, 'secure')).toBe(201);
  const secrets = async () => ((await (await api(plane, '/meshes/secure/secrets')).json()) as { items: { name: string }[] }).items.map(({ name }) => name);
  await expect.poll(secrets).toEqual(expect.arrayContaining(['secure.ca-builtin-cert-ca-1', 'secure.ca-builtin-key-ca-1']));
  expect(await plane.close()).toBe(true);
  await expect(api(plane, '/')).rejects.toThrow();
}, 20_000);

test('names of services are served by DNS while they exist', async () => {
  const plane = await start({ 'store.type': 'memory' });
  await plane.ready;
  const port = Number(plane.addresses['dns']?.split(':')[1]);
  const put = (path: string, body: object) => api(plane, path, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const ask = async (name: string) => { const { answers, flag_aa, ...answer } = await askUdp(name, { port }); return ['rcode' in answer && answer.rcode, answers?.length, flag_aa]; };
  expect(await ask('api.svc.mesh.local')).toEqual(['NXDOMAIN', 0, true]);
  await put('/meshes/default/meshservices/api', { type: 'MeshService', mesh: 'default', name: 'api', spec: { selector: { dataplaneTags: { app: 'api' } }, ports: [{ port: 80 }] } });
  await expect.poll(() => ask('api.svc.mesh.local'), { timeout: 10_000 }).toEqual(['NOERROR', 1, true]);
  await api(plane, '/meshes/default/meshservices/api', { method: 'DELETE' });
  await expect.poll(() => ask('api.svc.mesh.local'), { timeout: 10_000 }).toEqual(['NXDOMAIN', 0, true]);
  await put('/hostnamegenerators/corp', { type: 'HostnameGenerator', name: 'corp', spec: { selector: { meshService: { matchLabels: {} } }, template: '{{ .Name }}.corp.example' } });
  await expect.poll(() => ask('db.corp.example'), { timeout: 10_000 }).toEqual(['NXDOMAIN', 0, true]);
}, 30_000);

test('the embedded store keeps what was written, and a second process on it is refused in plain words', async () => {
  const first = await start();
  expect(await putMesh(first, 'kept')).toBe(201);
  await expect(start()).rejects.toThrow(/is open in process \d+.*store\.embedded\.path/s);
  await first.close();
  const second = await start();
  expect((await api(second, '/meshes/kept')).status).toBe(200);
}, 20_000);

test('a port in use names the key to change, and what was started is closed again', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const port = String((blocker.address() as AddressInfo).port);
  await expect(start({ 'apiServer.http.port': port })).rejects.toThrow(`port ${port} on 127.0.0.1 is in use by another process (perhaps another weft-cp): stop that process, or set apiServer.http.port (variable WEFT_API_SERVER_HTTP_PORT) to another port`);
  await expect(start({ 'dnsServer.port': port })).rejects.toThrow(`port ${port} on 127.0.0.1 is in use by another process (perhaps another weft-cp): stop that process, or set dnsServer.port (variable WEFT_DNS_SERVER_PORT) to another port`);
  blocker.close();
  await once(blocker, 'close');
  expect((await start({ 'apiServer.http.port': port })).addresses['http']).toBe(`127.0.0.1:${port}`);
}, 20_000);

test.each([
  [['ca-service'], 'bus.type to nats'],
  [['ca'], 'there is no app "ca": choose from global-store, ca-service'],
  [[], 'choose from'],
])('apps %j are refused: %s', async (apps, message) => {
  await expect(start({}, apps)).rejects.toThrow(message);
});

test('an unknown key in a flag is refused with what was meant', () => {
  expect(() => readConfig({ env: {}, flags: { 'dpServer.prot': '1' } })).toThrow('there is no key dpServer.prot; is it dpServer.port?');
  expect(() => readConfig({ env: {}, configFile: '/nowhere/weft.yaml' })).toThrow("unable to access configuration file '/nowhere/weft.yaml'");
});
