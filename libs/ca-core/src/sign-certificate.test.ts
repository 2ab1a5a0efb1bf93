import { X509Certificate } from 'node:crypto';
import { nodeCertificateCrypto as crypto } from '@weft/ca-crypto-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAuthority, createMeshAuthority, leafTemplate, loadAuthority, serverTemplate, signCertificate, type Authority, type KeyKind } from './index.ts';
import { makeSigningRequest } from './testing.ts';

const NOW = Date.now();
const HOUR = 3_600_000;
const RSA: KeyKind = { type: 'rsa', bits: 2048 };
const identity = { mesh: 'default', services: ['web', 'web-admin'], tags: { 'kuma.io/service': ['web', 'web-admin'], version: ['v1'] } };

async function meshAuthority(key: KeyKind, lifetimeMs = 24 * HOUR * 3650): Promise<{ authority: Authority; pem: string }> {
  const made = await createMeshAuthority('default', { key, now: NOW, lifetimeMs }, crypto);
  const authority = loadAuthority(made.certificatePem, made.privateKeyPem.reveal(), { what: 'mesh default' }, crypto);
  return { authority, pem: made.certificatePem };
}

describe.each<[string, KeyKind]>([['RSA 2048', RSA], ['P-256', { type: 'ec', curve: 'P-256' }]])('a mesh CA with %s', (_, key) => {
  let ca: { authority: Authority; pem: string };
  beforeAll(async () => {
    ca = await meshAuthority(key);
  });

  test('is a self-signed CA that names its mesh', () => {
    const cert = new X509Certificate(ca.pem);
    expect(cert.ca).toBe(true);
    expect(cert.subject.split('\n').sort()).toEqual(['CN=default', 'O=Kuma', 'OU=Mesh']);
    expect(cert.verify(cert.publicKey)).toBe(true);
    expect(cert.checkIssued(cert)).toBe(true);
    expect(ca.authority.chainPem).toBe('');
    expect(ca.authority.bundlePem).toHaveLength(1);
  });

  test.each(['P-256', 'RSA-2048'] as const)('signs a leaf for a %s key: SPIFFE ids and tags, both ends, no subject', async (kind) => {
    const { csrPem, spki } = await makeSigningRequest(kind);
    const leaf = await signCertificate({ csrPem, template: leafTemplate(identity, NOW, HOUR) }, ca.authority, crypto);
    const cert = new X509Certificate(leaf.certificatePem);
    const issuer = new X509Certificate(ca.pem);
    expect(cert.subjectAltName).toBe(
      'URI:spiffe://default/web, URI:spiffe://default/web-admin, URI:kuma://kuma.io/service/web, URI:kuma://kuma.io/service/web-admin, URI:kuma://version/v1',
    );
    expect(cert.subject).toBeFalsy();
    expect(cert.checkIssued(issuer) && cert.verify(issuer.publicKey)).toBe(true);
    expect([...cert.keyUsage]).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(cert.ca).toBe(false);
    expect(cert.publicKey.export({ type: 'spki', format: 'der' })).toEqual(Buffer.from(spki));
    expect(cert.serialNumber.toLowerCase()).toBe(leaf.serial);
    expect(Date.parse(cert.validFrom)).toBe(leaf.notBefore);
    expect(Date.parse(cert.validTo)).toBe(leaf.notAfter);
    // Zones whose clocks are minutes behind accept it at once.
    expect(leaf.notBefore).toBeLessThanOrEqual(NOW - 7 * 60_000);
    expect(leaf.notAfter).toBe(Math.floor((NOW + HOUR) / 1000) * 1000);
  });
});

test('a server certificate carries names and addresses', async () => {
  const made = await createAuthority({ commonName: 'weft control plane' }, { key: { type: 'ec', curve: 'P-256' }, now: NOW, lifetimeMs: HOUR }, crypto);
  const authority = loadAuthority(made.certificatePem, made.privateKeyPem.reveal(), { what: 'inter-cp-ca' }, crypto);
  const template = serverTemplate({ commonName: 'weft', dnsNames: ['localhost', 'cp.local'], ipAddresses: ['127.0.0.1', '::1'], uses: ['serverAuth'] }, NOW, HOUR);
  const signed = await signCertificate({ csrPem: (await makeSigningRequest()).csrPem, template }, authority, crypto);
  const cert = new X509Certificate(signed.certificatePem);
  expect(cert.checkHost('cp.local')).toBe('cp.local');
  expect(cert.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(cert.checkIP('::1')).toBe('::1');
  expect(cert.verify(new X509Certificate(made.certificatePem).publicKey)).toBe(true);
});

test('a leaf ends with its CA, and an expired CA signs nothing', async () => {
  const { csrPem } = await makeSigningRequest();
  const short = await meshAuthority(RSA, HOUR);
  const leaf = await signCertificate({ csrPem, template: leafTemplate(identity, NOW, 48 * HOUR) }, short.authority, crypto);
  expect(leaf.notAfter).toBe(short.authority.notAfter);
  const late = { csrPem, template: leafTemplate(identity, NOW + 2 * HOUR, HOUR) };
  await expect(signCertificate(late, short.authority, crypto)).rejects.toMatchObject({ code: 'ca/invalid' });
});

test('the request gives a public key only: a forged, weak or malformed one is refused', async () => {
  const { authority } = await meshAuthority({ type: 'ec', curve: 'P-256' });
  const sign = (csrPem: string) => signCertificate({ csrPem, template: leafTemplate(identity, NOW, HOUR) }, authority, crypto);
  const { csrPem } = await makeSigningRequest();
  const der = Buffer.from(csrPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  await expect(sign(forged)).rejects.toMatchObject({ code: 'request/invalid', message: expect.stringContaining('signature') });
  await expect(sign((await makeSigningRequest('RSA-1024')).csrPem)).rejects.toMatchObject({ code: 'request/invalid', message: expect.stringContaining('2048') });
  await expect(sign('not PEM')).rejects.toMatchObject({ code: 'request/invalid' });
});

test('a CA is refused with the reason: another key, no CA, no certificate; the key is never quoted', async () => {
  const made = await createMeshAuthority('a', { key: { type: 'ec', curve: 'P-256' }, now: NOW, lifetimeMs: HOUR }, crypto);
  const { csrPem, keyPem } = await makeSigningRequest();
  const load = (cert: string, key: string, skipValidation = false) => () => loadAuthority(cert, key, { what: 'mesh a', skipValidation }, crypto);
  expect(load(made.certificatePem, keyPem)).toThrow('the key does not belong to the certificate');
  expect(load('nothing', keyPem)).toThrow('no PEM block');
  expect(load(made.certificatePem, 'SECRET-TEXT')).toThrow(/^(?!.*SECRET-TEXT)/);
  const authority = loadAuthority(made.certificatePem, made.privateKeyPem.reveal(), { what: 'mesh a' }, crypto);
  const leaf = await signCertificate({ csrPem, template: leafTemplate(identity, NOW, HOUR) }, authority, crypto);
  expect(load(leaf.certificatePem, keyPem)).toThrow('CA:TRUE');
  expect(load(leaf.certificatePem, keyPem, true)).not.toThrow();
  expect(load(leaf.certificatePem, keyPem, true)().chainPem).toBe(leaf.certificatePem);
});
