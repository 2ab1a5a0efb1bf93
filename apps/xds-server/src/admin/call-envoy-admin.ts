import { request } from 'node:https';
import { MeshError } from '@weft/kernel';
import type { AdminClientIdentity } from './admin-authority.ts';

/** One GET of Envoy's admin interface. */
export interface AdminCall {
  readonly address: string;
  readonly port: number;
  /** Path and query, e.g. `/stats?usedonly`. */
  readonly path: string;
  /** Name that the proxy's certificate must hold. */
  readonly identity: string;
  /** Shows who calls. */
  readonly client: AdminClientIdentity;
}

/** What Envoy answered. */
export interface AdminAnswer {
  readonly contentType: string;
  readonly body: Buffer;
}

/** Times in milliseconds and size in bytes at which a call is given up. */
export interface AdminLimits {
  readonly connectMs: number;
  readonly totalMs: number;
  readonly bytes: number;
}

/** Bounds of a call: callers wait, and a dump of a large mesh has tens of megabytes. */
export const ADMIN_LIMITS: AdminLimits = { connectMs: 3_000, totalMs: 8_000, bytes: 64 * 1024 * 1024 };

/**
 * Calls the admin listener of a proxy with mutual TLS: the listener takes only the control plane, and only the proxy of that
 * identity is believed. Throws `proxy/unreachable` or, for an answer beyond the limit, `bus/too-large`.
 */
export function callEnvoyAdmin(call: AdminCall, limits: AdminLimits = ADMIN_LIMITS): Promise<AdminAnswer> {
  const { address, port, path, client } = call;
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new MeshError('proxy/unreachable', `Envoy's admin listener at ${address}:${port} ${why}`));
      timers.forEach(clearTimeout);
      outgoing.destroy();
    };
    const outgoing = request({
      host: address, port, path, method: 'GET', agent: false, headers: { host: 'envoy-admin' },
      cert: client.certificatePem, key: client.keyPem.reveal(), ca: client.caPem, minVersion: 'TLSv1.2',
      checkServerIdentity: (_host, { subjectaltname = '' }) => (subjectaltname.split(', ').includes(`DNS:${call.identity}`) ? undefined : new Error(`its certificate is of ${subjectaltname || 'nobody'}, not of ${call.identity}`)),
    });
    const connecting = setTimeout(() => fail(`did not accept a connection within ${limits.connectMs / 1000} s`), limits.connectMs);
    const timers = [connecting, setTimeout(() => fail(`did not answer within ${limits.totalMs / 1000} s`), limits.totalMs)];
    outgoing.on('socket', (socket) => socket.once('secureConnect', () => clearTimeout(connecting)));
    outgoing.on('error', (error) => fail(`cannot be called: ${error.message}`));
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size <= limits.bytes) return;
        reject(new MeshError('bus/too-large', `what Envoy answers to ${path} exceeds ${limits.bytes} bytes: ask its admin interface on the machine where it runs`));
        timers.forEach(clearTimeout);
        outgoing.destroy();
      });
      response.on('aborted', () => fail('broke its answer off'));
      response.on('end', () => {
        timers.forEach(clearTimeout);
        const { statusCode = 0, headers } = response;
        if (statusCode === 200) resolve({ contentType: headers['content-type'] ?? 'text/plain', body: Buffer.concat(chunks) });
        else fail(`answered ${statusCode} to ${path}`);
      });
    });
    outgoing.end();
  });
}
