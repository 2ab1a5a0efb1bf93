import { hostname, networkInterfaces } from 'node:os';
import { readFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import { ask, REQUESTS, type Requests } from '@weft/bus';
import { MeshError, Sensitive, type Cancel, type Clock } from '@weft/kernel';
import type { Logger } from '../app.ts';
import { makeKeyWithRequest } from './certificate-request.ts';

/** A server's certificate, and what its clients must trust to accept it. */
export interface ServerIdentity {
  /** With its chain, leaf first; PEM. */
  readonly certificate: { readonly certificatePem: string; readonly keyPem: Sensitive<string> };
  readonly caPem: string;
  /** Milliseconds since the Unix epoch. */
  readonly notAfter: number;
}

const RETRY_MS = 500;

/** Names and addresses under which clients may reach this machine. */
export function serverNames(extra: readonly string[] = []): { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] } {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []).map(({ address }) => address.split('%')[0] ?? address);
  const isAddress = (name: string): boolean => /^[\d.]+$/.test(name) || name.includes(':');
  const given = extra.filter((name) => name !== '');
  return {
    dnsNames: [...new Set(['localhost', hostname(), ...given.filter((name) => !isAddress(name))])],
    ipAddresses: [...new Set(['127.0.0.1', '::1', ...addresses, ...given.filter(isAddress)])],
  };
}

/** A day before a server certificate ends, another one is asked for; and where that fails, again after an hour. */
const RENEW_BEFORE_MS = 24 * 3_600_000;
const RENEW_CHECK_MS = 3_600_000;

/** Replaces the server's certificate before it ends, for as long as the process lives. Gives the way to stop. */
export function keepServerIdentity(clock: Clock, first: ServerIdentity, renew: () => Promise<ServerIdentity>): Cancel {
  let notAfter = first.notAfter;
  let cancel: Cancel;
  const check = (): void => {
    cancel = clock.after(RENEW_CHECK_MS, check);
    if (clock.now() < notAfter - RENEW_BEFORE_MS) return;
    renew().then((identity) => (notAfter = identity.notAfter), () => undefined);
  };
  cancel = clock.after(RENEW_CHECK_MS, check);
  return () => cancel();
}

/** A certificate from files that `section` of the configuration names; the certificate itself is what clients trust. Throws `config/invalid`. */
export async function readServerIdentity(section: string, { tlsCertFile: certFile, tlsKeyFile: keyFile }: { readonly tlsCertFile: string; readonly tlsKeyFile: string }): Promise<ServerIdentity> {
  try {
    const [certificatePem, keyPem] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    return { certificate: { certificatePem, keyPem: new Sensitive(keyPem) }, caPem: certificatePem, notAfter: Date.parse(new X509Certificate(certificatePem).validTo) };
  } catch (caught) {
    throw new MeshError('config/invalid', `${section}.tlsCertFile ("${certFile}") and ${section}.tlsKeyFile ("${keyFile}") cannot be used: ${String(caught)}`, { cause: caught });
  }
}

/** A certificate from the control plane's own CA; waits until ca-service answers. */
export async function requestServerIdentity(
  { bus, clock, log }: { readonly bus: Requests; readonly clock: Clock; readonly log: Logger },
  names: ReturnType<typeof serverNames>,
): Promise<ServerIdentity> {
  const { keyPem, csrPem } = await makeKeyWithRequest();
  for (let attempt = 0; ; attempt++) {
    try {
      const { certificatePem, caPem, notAfter } = await ask(bus, REQUESTS.signServer, { csrPem, ...names, purpose: 'server' });
      return { certificate: { certificatePem, keyPem }, caPem, notAfter };
    } catch (caught) {
      const error = MeshError.from(caught);
      if (error.code === 'request/invalid') throw error;
      if (attempt % 20 === 10) log.warn({ error: error.message }, 'still waiting for ca-service to sign a server certificate');
      await new Promise<void>((resolve) => void clock.after(RETRY_MS, resolve));
    }
  }
}
