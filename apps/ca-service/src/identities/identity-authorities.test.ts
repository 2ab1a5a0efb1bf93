import { X509Certificate } from 'node:crypto';
import { ask, REQUESTS, type Bus } from '@weft/bus';
import { makeSigningRequest } from '@weft/ca-core/testing';
import type { MeshIdentityStatus, MeshTrustSpec } from '@weft/resource-model';
import { createLogger, systemClock, type Logger, type RunningApp } from '@weft/service-runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startForTest, type TestStore } from '../../../global-store/src/testing/start-for-test.ts';
import { startCaService } from '../index.ts';

const CONFIG = { mode: 'zone', multizone: { zone: { name: 'default', globalAddress: '' } } } as const;
const ALL = { dataplane: { matchLabels: {} } };
const ID = 'spiffe://shop.default.mesh.local/workload/web';

let global: TestStore;
let bus: Bus;
let log: Logger;
let lines: string[];
const running: RunningApp[] = [];

beforeEach(async () => {
  global = await startForTest();
  ({ bus } = global.ports);
  lines = [];
  log = createLogger({ level: 'debug', format: 'json', destination: { write: (line) => void lines.push(line) } });
  await putMesh('Exclusive');
});

afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
  await global.app.close();
  expect(lines.join('')).not.toContain('PRIVATE KEY');
});

async function startReplica(instance: string): Promise<void> {
  running.push(await startCaService({ config: CONFIG, bus, clock: systemClock, log, instance }));
}

async function put(path: string, json: object): Promise<void> {
  const { status, text } = await global.call('PUT', path, { json });
  expect([status, text]).toEqual([expect.toSatisfy((code: number) => code < 300), expect.anything()]);
}

const putMesh = (mode: string) => put('/meshes/shop', { type: 'Mesh', name: 'shop', meshServices: { mode } });
const putIdentity = (name: string, bundled: object, spec: object = {}) =>
  put(`/meshes/shop/meshidentities/${name}`, { type: 'MeshIdentity', mesh: 'shop', name, spec: { selector: ALL, provider: { type: 'Bundled', bundled }, ...spec } });
const AUTO = { autogenerate: { enabled: true }, insecureAllowSelfSigned: true };

async function conditions(name: string): Promise<Record<string, string>> {
  const status = (await global.ports.store.get({ type: 'MeshIdentity', mesh: 'shop', name }))?.status as MeshIdentityStatus | undefined;
  return Object.fromEntries((status?.conditions ?? []).map((condition) => [condition.type, `${condition.status} ${condition.reason}`]));
}

const isReady = (name: string) => expect.poll(async () => (await conditions(name))['Ready'], { timeout: 20_000 }).toBe('True Ready');

async function trust(name: string): Promise<MeshTrustSpec | undefined> {
  return (await global.ports.store.get({ type: 'MeshTrust', mesh: 'shop', name }))?.spec as MeshTrustSpec | undefined;
}

async function leaf(identity: string, spiffeId = ID) {
  const { csrPem } = await makeSigningRequest();
  return ask(bus, REQUESTS.signWorkload, { mesh: 'shop', identity, csrPem, spiffeId });
}

async function secretText(name: string): Promise<string> {
  const { data } = await ask(bus, REQUESTS.secretRead, { type: 'Secret', mesh: 'shop', name });
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}

test('a generated CA is kept where Kuma keeps it, trusted by a MeshTrust, and signs one SPIFFE id', async () => {
  await Promise.all(['one', 'two'].map(startReplica));
  await putIdentity('main', { ...AUTO, certificateParameters: { expiry: '1h' } });
  await isReady('main');
  expect(await conditions('main')).toEqual({
    DependenciesReady: 'True DependenciesReady', SpiffeIDProvider: 'True SpiffeIDProviderReady', Provider: 'True ProviderInitialized', MeshTrustCreated: 'True MeshTrustCreated', Ready: 'True Ready',
  });
  const rootPem = await secretText('main-root-ca');
  const root = new X509Certificate(rootPem);
  expect([root.ca, root.publicKey.asymmetricKeyDetails?.modulusLength, root.subjectAltName]).toEqual([true, 2048, 'URI:spiffe://shop.default.mesh.local']);
  expect(await secretText('main-private-key')).toContain('PRIVATE KEY');
  expect(await trust('main')).toEqual({ trustDomain: 'shop.default.mesh.local', caBundles: [{ type: 'Pem', pem: { value: rootPem } }] });
  const document = (await global.call('GET', '/meshes/shop/meshtrusts/main')).json as { labels: object; status: object };
  expect(document.labels).toEqual({ 'kuma.io/mesh': 'shop' });
  expect(document.status).toEqual({ origin: { kri: 'kri_mid_shop_default__main_' } });

  const signed = await leaf('main');
  const cert = new X509Certificate(signed.certificatePem);
  expect(cert.verify(root.publicKey) && cert.checkIssued(root)).toBe(true);
  expect(cert.subjectAltName).toBe(`URI:${ID}`);
  expect([signed.backend, signed.issuerGeneration, signed.notAfter - signed.notBefore]).toEqual(['identity.main', 1, 3_600_000 + 600_000]);
  await expect(leaf('main', 'spiffe://other.test/workload/web')).rejects.toMatchObject({ code: 'request/invalid' });
  await expect(leaf('none')).rejects.toMatchObject({ code: 'ca/invalid' });

  await global.call('DELETE', '/meshes/shop/secrets/main-private-key');
  await expect.poll(async () => (await conditions('main'))['Provider'], { timeout: 20_000 }).toBe('False ProviderInitializationError');
  await global.call('DELETE', '/meshes/shop/secrets/main-root-ca');
  await isReady('main');
  expect((await trust('main'))?.caBundles.map(({ pem }) => pem?.value)).toEqual([rootPem, await secretText('main-root-ca')]);

  const bundle = () => global.ports.store.get({ type: 'TrustBundle', mesh: 'shop', name: 'identity.main' });
  expect(await bundle()).toBeDefined();
  await global.call('DELETE', '/meshes/shop/meshidentities/main');
  await expect.poll(bundle, { timeout: 20_000 }).toBeUndefined();
  expect(await trust('main')).toBeDefined();
});

test('says in the status what is in the way, and goes on once it is gone', async () => {
  await putMesh('Everywhere');
  await startReplica('one');
  await putIdentity('main', AUTO);
  await expect.poll(() => conditions('main')).toEqual({ DependenciesReady: 'False MeshServicesDisabled', Ready: 'False Failure' });
  await expect(leaf('main')).rejects.toMatchObject({ code: 'ca/invalid', message: expect.stringContaining('Exclusive') });
  await putMesh('Exclusive');
  await isReady('main');
  await putIdentity('plain', { autogenerate: { enabled: true } });
  await expect.poll(async () => (await conditions('plain'))['Provider'], { timeout: 20_000 }).toBe('False ProviderValidationError');
  await put('/meshes/shop/meshidentities/spire', { type: 'MeshIdentity', mesh: 'shop', name: 'spire', spec: { selector: ALL, provider: { type: 'Spire', spire: {} } } });
  await expect.poll(async () => (await conditions('spire'))['Provider']).toBe('False ProviderNotFoundError');
  await putIdentity('label', AUTO, { spiffeID: { trustDomain: '{{ label "team" }}.test' } });
  await expect.poll(async () => (await conditions('label'))['SpiffeIDProvider']).toBe('False TrustDomainError');
  await putIdentity('taken', AUTO, { spiffeID: { trustDomain: 'taken.test' } });
  await isReady('taken');
  await putIdentity('taken', AUTO, { spiffeID: { trustDomain: 'renamed.test' } });
  await expect.poll(async () => (await conditions('taken'))['MeshTrustCreated']).toBe('False MeshTrustCreationError');
});

test('a provided CA comes from Secrets or inline; a new one is trusted beside the old and counts the generation up', async () => {
  await startReplica('one');
  for (const donor of ['donor-1', 'donor-2']) await putIdentity(donor, AUTO);
  await Promise.all(['donor-1', 'donor-2'].map(isReady));
  const donor = async (name: string) => ({ cert: await secretText(`${name}-root-ca`), key: await secretText(`${name}-private-key`) });
  const [first, second] = [await donor('donor-1'), await donor('donor-2')];
  const secret = (name: string) => ({ type: 'Secret', secretRef: { kind: 'Secret', name } });
  const putSecret = (name: string, pem: string) => put(`/meshes/shop/secrets/${name}`, { type: 'Secret', mesh: 'shop', name, data: Buffer.from(pem).toString('base64') });

  await putIdentity('given', { insecureAllowSelfSigned: true, ca: { certificate: secret('my-cert'), privateKey: secret('my-key') } });
  await expect.poll(async () => (await conditions('given'))['Provider']).toBe('False ProviderInitializationError');
  await putSecret('my-cert', first.cert);
  await putSecret('my-key', first.key);
  await isReady('given');
  expect(new X509Certificate((await leaf('given')).certificatePem).verify(new X509Certificate(first.cert).publicKey)).toBe(true);

  const inline = (value: string) => ({ type: 'InsecureInline', insecureInline: { value } });
  await putIdentity('given', { insecureAllowSelfSigned: true, ca: { certificate: inline(second.cert), privateKey: inline(second.key) } });
  await expect.poll(async () => (await leaf('given')).issuerGeneration, { timeout: 20_000 }).toBe(2);
  expect((await trust('given'))?.caBundles.map(({ pem }) => pem?.value)).toEqual([first.cert, second.cert]);
  const stored = (await global.ports.store.get({ type: 'MeshIdentity', mesh: 'shop', name: 'given' })) ?? {};
  expect(JSON.stringify(stored)).not.toContain('PRIVATE KEY');
  await putIdentity('given', { insecureAllowSelfSigned: true, ca: { certificate: inline(first.cert), privateKey: inline(second.key) } });
  await expect.poll(async () => (await conditions('given'))['Provider'], { timeout: 20_000 }).toBe('False ProviderValidationError');
});
