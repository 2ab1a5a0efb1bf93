import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { ask, REQUESTS, type Bus } from '@weft/bus';
import { MeshError, type Clock } from '@weft/kernel';
import type { Logger } from '@weft/service-runtime';
import type { GlobalStoreConfig } from '../config.ts';
import type { ServerCertificate } from './listeners.ts';

const RETRY_MS = 500;
const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** The files of a certificate that was given: by configuration, or put into the work directory. Undefined where none was. */
export function givenCertificate({ general, apiServer }: Pick<GlobalStoreConfig, 'general' | 'apiServer'>): ServerCertificate | undefined {
  const { https } = apiServer;
  const named = [[https.tlsCertFile, https.tlsKeyFile], [general.tlsCertFile, general.tlsKeyFile]].find(([cert, key]) => cert !== '' && key !== '');
  const own = general.workDir === '' ? undefined : [join(general.workDir, 'kuma-cp.crt'), join(general.workDir, 'kuma-cp.key')];
  const [certFile = '', keyFile = ''] = named ?? (own?.every((file) => existsSync(file)) === true ? own : []);
  return certFile === '' ? undefined : { certificatePem: read(certFile), keyPem: read(keyFile) };
}

/**
 * Asks the control plane's CA for a certificate for this host: its name, `localhost` and every address of its own.
 * Asks again until the CA answers or `isClosed` says to stop; gives undefined then.
 */
export async function requestCertificate(ports: { readonly bus: Bus; readonly clock: Clock; readonly log: Logger }, isClosed: () => boolean): Promise<ServerCertificate | undefined> {
  const { csrPem, keyPem } = await makeRequest();
  const names = { dnsNames: [...new Set([hostname(), 'localhost'])], ipAddresses: ownAddresses(), purpose: 'server' as const };
  for (let told = false; !isClosed(); ) {
    try {
      const signed = await ask(ports.bus, REQUESTS.signServer, { csrPem, ...names });
      return { certificatePem: `${signed.certificatePem.trimEnd()}\n${signed.caPem}`, keyPem };
    } catch (caught) {
      const error = MeshError.from(caught);
      if (!told) ports.log.info({ error: error.message }, 'HTTPS waits for the ca-service to sign a server certificate');
      told = true;
      await new Promise<void>((resolve) => ports.clock.after(RETRY_MS, resolve));
    }
  }
  return undefined;
}

async function makeRequest(): Promise<{ readonly csrPem: string; readonly keyPem: string }> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=kuma-control-plane', keys, signingAlgorithm: KEY });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = pkcs8.match(/.{1,64}/g) ?? [];
  return { csrPem: csr.toString('pem'), keyPem: ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n') };
}

function ownAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address.replace(/%.*$/, '')));
  return [...new Set(['127.0.0.1', '::1', ...addresses])];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MeshError('config/invalid', `the certificate file ${file} cannot be read: ${String(cause)}`, { cause });
  }
}
