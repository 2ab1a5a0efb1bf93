import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runCli } from '../program.ts';

const MESH = { type: 'Mesh', name: 'default', creationTime: '2026-11-21T03:54:07Z', modificationTime: '2026-11-21T03:54:07Z', kri: 'kri_m____default_', mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } };
const SECRET = { type: 'Secret', mesh: 'default', name: 's', data: 'YQ==' };
const listOf = (...items: readonly object[]): object => ({ total: items.length, items, next: null });

/** What the control plane answers, by path. */
const ANSWERS: Readonly<Record<string, object>> = {
  '/': { product: 'Kuma', version: '2.14.3', hostname: 'cp', clusterId: 'c', instanceId: 'i' },
  '/_resources': { resources: [{ name: 'Mesh', scope: 'Global', path: 'meshes' }, { name: 'Secret', scope: 'Mesh', path: 'secrets' }] },
  '/meshes': listOf(MESH),
  '/secrets': listOf(SECRET),
  '/meshes/default?format=k8s': { kind: 'Mesh', apiVersion: 'kuma.io/v1alpha1', metadata: { name: 'default' }, spec: { mtls: MESH.mtls } },
  '/meshes/default/secrets/s?format=k8s': { kind: 'Secret', apiVersion: 'v1', metadata: { name: 's', namespace: 'kuma-system' }, data: { value: 'YQ==' }, type: 'system.kuma.io/secret' },
};

let server: Server;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weftctl-export-'));
  server = createServer((request, response) => {
    const path = request.url ?? '';
    const answer = ANSWERS[path] ?? (path.includes('format=') ? undefined : ANSWERS[path.split('?')[0] ?? '']);
    return answer === undefined ? response.writeHead(404).end('404: Page Not Found') : response.end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  await run('config', 'control-planes', 'add', '--name', 'test', '--address', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function run(...args: readonly string[]): Promise<string> {
  const out: string[] = [];
  const sink = new Writable({ write: (chunk: Buffer, _, done) => (out.push(chunk.toString()), done()) });
  expect(await runCli(['node', 'weftctl', '--config-file', join(folder, 'config'), ...args], { env: {}, stdin: Readable.from([]), stdout: sink, stderr: sink })).toBe(0);
  return out.join('');
}

const PROVIDED = { enabledBackend: 'ca-1', skipValidation: true, backends: [{ name: 'ca-1', type: 'provided', conf: { cert: { secret: 'default.ca-builtin-cert-ca-1' }, key: { secret: 'default.ca-builtin-key-ca-1' } } }] };

it('writes documents for another control plane, each after a line of dashes', async () => {
  const text = await run('export');
  expect(text).toMatch(/^# Product: Kuma, Version: 2\.14\.3, Hostname: cp, ClusterId: c, InstanceId: i\n---\n[\s\S]*\n---\n/);
  expect(parseAllDocuments(text).map((document) => document.toJS() as unknown)).toEqual([{ ...MESH, mtls: PROVIDED, skipCreatingInitialPolicies: ['*'] }, SECRET]);
});

it('writes objects for Kubernetes with what the profile changed, in the namespace of the other control plane', async () => {
  const text = await run('export', '--format=kubernetes', '--system-namespace=mesh-system');
  expect(text).toMatch(/^# Product.*\napiVersion: kuma\.io\/v1alpha1\nkind: Mesh\n/);
  expect(parseAllDocuments(text).map((document) => document.toJS() as unknown)).toEqual([
    { kind: 'Mesh', apiVersion: 'kuma.io/v1alpha1', metadata: { name: 'default' }, spec: { mtls: PROVIDED, skipCreatingInitialPolicies: ['*'] } },
    { kind: 'Secret', apiVersion: 'v1', metadata: { name: 's', namespace: 'mesh-system' }, data: { value: 'YQ==' }, type: 'system.kuma.io/secret' },
  ]);
});
