import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webcrypto } from 'node:crypto';
import { answer, REQUESTS } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { systemClock, type RunningApp } from '@weft/service-runtime';
import { BasicConstraintsExtension, Pkcs10CertificateRequest, X509CertificateGenerator } from '@peculiar/x509';
import { afterEach, describe, expect, it } from 'vitest';
import { startForTest, TEST_CONFIG, type TestStore } from '../testing/start-for-test.ts';
import type { GlobalStoreConfig } from '../config.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const VALID = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
const withHttps = (general: Partial<GlobalStoreConfig['general']>): GlobalStoreConfig => ({
  ...TEST_CONFIG,
  general: { ...TEST_CONFIG.general, ...general },
  apiServer: { ...TEST_CONFIG.apiServer, https: { ...TEST_CONFIG.apiServer.https, enabled: true } },
});

describe('HTTPS', () => {
  let server: TestStore | undefined;
  afterEach(() => server?.app.close());

  it('starts with the files in the work directory', async () => {
    const workDir = mkdtempSync(join(tmpdir(), 'weft-https-'));
    try {
      const { certPem, keyPem } = await selfSigned();
      writeFileSync(join(workDir, 'kuma-cp.crt'), certPem);
      writeFileSync(join(workDir, 'kuma-cp.key'), keyPem);
      server = await startForTest({ config: withHttps({ workDir }) });
      expect(await whoAmI(server.app, certPem)).toMatchObject({ name: 'mesh-system:admin' });
    } finally {
      rmSync(workDir, { recursive: true });
    }
  });

  it('lets in clients with a certificate of the named CA alone, where that is wanted', async () => {
    const workDir = mkdtempSync(join(tmpdir(), 'weft-https-'));
    try {
      const [own, client, stranger] = [await selfSigned(), await selfSigned(), await selfSigned()];
      writeFileSync(join(workDir, 'kuma-cp.crt'), own.certPem);
      writeFileSync(join(workDir, 'kuma-cp.key'), own.keyPem);
      const tlsCaFile = join(workDir, 'clients.crt');
      const config = withHttps({ workDir });
      const https = { ...config.apiServer.https, requireClientCert: true, tlsCaFile };
      const demanding = { ...config, apiServer: { ...config.apiServer, https } };
      await expect(startForTest({ config: demanding })).rejects.toThrow('apiServer.https.tlsCaFile');
      writeFileSync(tlsCaFile, client.certPem);
      server = await startForTest({ config: demanding });
      expect(await whoAmI(server.app, own.certPem, client)).toMatchObject({ name: 'mesh-system:admin' });
      await expect(whoAmI(server.app, own.certPem, stranger)).rejects.toThrow();
      await expect(whoAmI(server.app, own.certPem)).rejects.toThrow();
    } finally {
      rmSync(workDir, { recursive: true });
    }
  });

  it('starts with a certificate of the CA, whenever that comes up', async () => {
    const bus = createMemoryBus({ clock: systemClock });
    server = await startForTest({ bus, config: withHttps({}) });
    expect(server.app.addresses['https']).toBeUndefined();
    const ca = await selfSigned();
    const asked: string[] = [];
    await answer(bus, REQUESTS.signServer, async ({ csrPem, dnsNames, ipAddresses }) => {
      asked.push(...dnsNames, ...ipAddresses);
      const csr = new Pkcs10CertificateRequest(csrPem);
      const leaf = await X509CertificateGenerator.create({ ...VALID, subject: 'CN=cp', issuer: 'CN=test', publicKey: csr.publicKey, signingKey: ca.keys.privateKey, signingAlgorithm: ALGORITHM });
      return { certificatePem: leaf.toString('pem'), caPem: ca.certPem, notAfter: VALID.notAfter.getTime() };
    });
    const { app } = server;
    await expect.poll(() => app.addresses['https']).toBeDefined();
    expect(asked).toEqual(expect.arrayContaining(['localhost', '127.0.0.1', '::1']));
    expect(await whoAmI(app, ca.certPem)).toMatchObject({ name: 'mesh-system:admin' });
  });
});

async function selfSigned(): Promise<{ certPem: string; keyPem: string; keys: webcrypto.CryptoKeyPair }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const cert = await X509CertificateGenerator.createSelfSigned({ ...VALID, name: 'CN=test', keys, signingAlgorithm: ALGORITHM, extensions: [new BasicConstraintsExtension(true)] });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { certPem: cert.toString('pem'), keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`, keys };
}

function whoAmI(app: RunningApp, ca: string, client?: { readonly certPem: string; readonly keyPem: string }): Promise<unknown> {
  const [, port] = (app.addresses['https'] ?? '').split(':');
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/who-am-i', ca, ...(client !== undefined && { cert: client.certPem, key: client.keyPem }), checkServerIdentity: () => undefined, headers: { host: `localhost:${port ?? ''}` } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(JSON.parse(text)));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
