import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, REQUESTS, type Bus } from '@weft/bus';
import { makeSigningRequest } from '@weft/ca-core/testing';
import { MeshError } from '@weft/kernel';
import type { TrustBundleSpec } from '@weft/resource-model';
import { createLogger, systemClock, type Logger, type RunningApp } from '@weft/service-runtime';
import type { ResourceStore } from '@weft/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startForTest, type TestStore } from '../../global-store/src/testing/start-for-test.ts';
import { startCaService } from './index.ts';

const CONFIG = { mode: 'zone', multizone: { zone: { name: 'default', globalAddress: '' } } } as const;
const ADMIN_SECRETS = ['inter-cp-ca', 'envoy-admin-ca'];

let global: TestStore;
let bus: Bus;
let store: ResourceStore;
let log: Logger;
let lines: string[];
const running: RunningApp[] = [];

beforeEach(async () => {
  global = await startForTest();
  ({ bus, store } = global.ports);
  lines = [];
  log = createLogger({ level: 'debug', format: 'json', destination: { write: (line) => void lines.push(line) } });
});

afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
  await global.app.close();
  expect(lines.join('')).not.toContain('PRIVATE KEY');
});

async function startReplica(instance: string): Promise<RunningApp> {
  const app = await startCaService({ config: CONFIG, bus, clock: systemClock, log, instance });
  running.push(app);
  return app;
}

async function putMesh(name: string, mtls: unknown): Promise<void> {
  const { status, text } = await global.call('PUT', `/meshes/${name}`, { json: { type: 'Mesh', name, mtls } });
  expect([status, text]).toEqual([expect.toSatisfy((code: number) => code < 300), expect.anything()]);
}

const builtin = (extra = {}) => ({ enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', ...extra }] });

async function leaf(mesh: string) {
  const { csrPem } = await makeSigningRequest();
  return ask(bus, REQUESTS.signLeaf, { mesh, csrPem, services: ['web'], tags: { 'kuma.io/service': ['web'] } });
}

async function bundle(mesh: string, backend = 'ca-1'): Promise<TrustBundleSpec> {
  return (await store.get({ type: 'TrustBundle', mesh, name: backend }))?.spec as TrustBundleSpec;
}

async function secretPem(type: 'Secret' | 'GlobalSecret', mesh: string, name: string): Promise<string> {
  const { data } = await ask(bus, REQUESTS.secretRead, { type, mesh, name });
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}

test('a mesh that enables a builtin backend gets a CA, kept where Kuma keeps it, and leaves that its bundle verifies', async () => {
  await startReplica('one');
  await putMesh('orders', builtin({ dpCert: { rotation: { expiration: '2h' } }, conf: { caCert: { RSAbits: 2048, expiration: '1y' } } }));
  const signed = await leaf('orders');
  const cert = new X509Certificate(signed.certificatePem);
  const { caPem, generation } = await bundle('orders');
  const ca = new X509Certificate(caPem[0] ?? '');
  expect(cert.verify(ca.publicKey) && cert.checkIssued(ca)).toBe(true);
  expect(cert.subjectAltName).toBe('URI:spiffe://orders/web, URI:kuma://kuma.io/service/web');
  expect(signed.notAfter - signed.notBefore).toBe(2 * 3_600_000 + 600_000);
  expect([signed.backend, signed.issuerGeneration, generation]).toEqual(['ca-1', 1, 1]);
  expect(ca.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(await secretPem('Secret', 'orders', 'orders.ca-builtin-cert-ca-1')).toBe(caPem[0]);
  expect(await secretPem('Secret', 'orders', 'orders.ca-builtin-key-ca-1')).toContain('-----BEGIN RSA PRIVATE KEY-----');
});

test('replicas that start together make one CA, and each signs with it, also after a restart', async () => {
  await Promise.all(['one', 'two', 'three'].map(startReplica));
  await putMesh('shared', builtin());
  const issuers = await Promise.all(Array.from({ length: 9 }, () => leaf('shared')));
  const ca = new X509Certificate((await bundle('shared')).caPem[0] ?? '');
  expect(issuers.every(({ certificatePem }) => new X509Certificate(certificatePem).verify(ca.publicKey))).toBe(true);
  for (const app of running.splice(0)) await app.close();
  await startReplica('four');
  expect(new X509Certificate((await leaf('shared')).certificatePem).verify(ca.publicKey)).toBe(true);
});

test('a provided CA is used from the Mesh and from Secrets; a new one counts the generation up; a bad one says what is wrong', async () => {
  await startReplica('one');
  await putMesh('donor-1', builtin());
  await putMesh('donor-2', builtin());
  await Promise.all([leaf('donor-1'), leaf('donor-2')]);
  const donor = async (mesh: string) => ({ cert: await secretPem('Secret', mesh, `${mesh}.ca-builtin-cert-ca-1`), key: await secretPem('Secret', mesh, `${mesh}.ca-builtin-key-ca-1`) });
  const [first, second] = [await donor('donor-1'), await donor('donor-2')];
  const provided = (cert: object, key: object) => ({ enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'provided', conf: { cert, key } }] });

  await putMesh('given', provided({ inlineString: first.cert }, { inlineString: first.key }));
  const one = await leaf('given');
  expect(new X509Certificate(one.certificatePem).verify(new X509Certificate(first.cert).publicKey)).toBe(true);
  expect(one.issuerGeneration).toBe(1);

  for (const [name, pem] of [['my-cert', second.cert], ['my-key', second.key]] as const) {
    await global.call('PUT', `/meshes/given/secrets/${name}`, { json: { type: 'Secret', mesh: 'given', name, data: Buffer.from(pem).toString('base64') } });
  }
  await putMesh('given', provided({ secret: 'my-cert' }, { secret: 'my-key' }));
  await expect.poll(async () => (await leaf('given')).issuerGeneration).toBe(2);
  expect(new X509Certificate((await leaf('given')).certificatePem).verify(new X509Certificate(second.cert).publicKey)).toBe(true);
  expect(await bundle('given')).toMatchObject({ generation: 2, caPem: [second.cert] });
});

test('a provided CA comes from files or base64 too, and one that cannot be used is refused with the reason', async () => {
  await startReplica('one');
  await putMesh('donor', builtin());
  await leaf('donor');
  const [cert, key] = await Promise.all([secretPem('Secret', 'donor', 'donor.ca-builtin-cert-ca-1'), secretPem('Secret', 'donor', 'donor.ca-builtin-key-ca-1')]);
  const folder = mkdtempSync(join(tmpdir(), 'weft-ca-'));
  const given = (name: string, certSource: object, keySource: object, more: object = {}) =>
    putMesh(name, { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'provided', conf: { cert: certSource, key: keySource } }], ...more });
  const file = (name: string, pem: string) => {
    writeFileSync(join(folder, name), pem, { mode: 0o600 });
    return { file: join(folder, name) };
  };
  const inline = (pem: string) => ({ inline: Buffer.from(pem).toString('base64') });
  const [certFile, keyFile] = [file('ca.pem', cert), file('ca.key', key)];
  await given('from-files', certFile, keyFile);
  await given('from-base64', inline(cert), inline(key));
  for (const mesh of ['from-files', 'from-base64']) expect(new X509Certificate((await leaf(mesh)).certificatePem).verify(new X509Certificate(cert).publicKey)).toBe(true);
  const { csrPem, keyPem } = await makeSigningRequest();
  const { certificatePem } = await ask(bus, REQUESTS.signLeaf, { mesh: 'donor', csrPem, services: ['web'], tags: {} });
  // What files hold is not known at admission.
  await given('no-ca', file('leaf.pem', certificatePem), file('leaf.key', keyPem));
  await given('other-key', certFile, file('other.key', keyPem));
  await given('no-file', { file: join(folder, 'gone.pem') }, inline(key));
  await given('no-secret', { secret: 'none' }, inline(key), { skipValidation: true });
  const reason = (mesh: string) => leaf(mesh).then(() => 'signed', (error: unknown) => (error as MeshError).message);
  expect(await Promise.all(['no-ca', 'other-key', 'no-file', 'no-secret'].map(reason))).toEqual([
    expect.stringContaining('is no CA'), expect.stringContaining('does not belong'), expect.stringContaining('cannot be read'), expect.stringContaining('there is no Secret "none"'),
  ]);
  rmSync(folder, { recursive: true });
});

test('a mesh without mTLS has no CA to sign with, and a request that is none is refused', async () => {
  await startReplica('one');
  await putMesh('plain', undefined);
  await expect(leaf('plain')).rejects.toMatchObject({ code: 'ca/invalid', message: expect.stringContaining('no enabled mTLS backend') });
  await expect(leaf('nowhere')).rejects.toBeInstanceOf(MeshError);
  await putMesh('secure', builtin());
  const request = { mesh: 'secure', csrPem: 'junk', services: ['web'], tags: {} };
  await expect(ask(bus, REQUESTS.signLeaf, request)).rejects.toMatchObject({ code: 'request/invalid' });
  await expect(ask(bus, REQUESTS.signLeaf, { ...request, services: [] })).rejects.toMatchObject({ code: 'request/invalid' });
});

test('the control plane has CAs of its own, made once, for its listeners and for Envoy\'s admin channel', async () => {
  await Promise.all(['one', 'two'].map(startReplica));
  const { csrPem } = await makeSigningRequest();
  const names = { csrPem, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const [server, again, admin] = await Promise.all([
    ask(bus, REQUESTS.signServer, { ...names, purpose: 'server' }),
    ask(bus, REQUESTS.signServer, { ...names, purpose: 'server' }),
    ask(bus, REQUESTS.signServer, { ...names, purpose: 'envoy-admin-client' }),
  ]);
  expect(server.caPem).toBe(again.caPem);
  const ca = new X509Certificate(server.caPem);
  const cert = new X509Certificate(server.certificatePem);
  expect(cert.verify(ca.publicKey) && cert.checkHost('localhost') === 'localhost' && cert.checkIP('127.0.0.1') === '127.0.0.1').toBe(true);
  expect(ca.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(new X509Certificate(admin.caPem).subject).toContain('Envoy Admin CA');
  expect(new X509Certificate(admin.certificatePem).checkHost('kuma-cp')).toBe('kuma-cp');
  for (const name of ADMIN_SECRETS) expect(await secretPem('GlobalSecret', '', name)).toContain('PRIVATE KEY');
  await expect(ask(bus, REQUESTS.signServer, { ...names, dnsNames: ['a b'], purpose: 'server' })).rejects.toMatchObject({ code: 'request/invalid' });
});
