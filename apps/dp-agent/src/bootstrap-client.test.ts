import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { RequestListener } from 'node:http';
import { selfSignedCertificate } from '@weft/grpc-transport/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fetchBootstrap, type BootstrapServer } from './bootstrap-client.ts';

let identity: Awaited<ReturnType<typeof selfSignedCertificate>>;
beforeAll(async () => { identity = await selfSignedCertificate(); });
const good: RequestListener = (request, response) => { request.resume(); response.end(JSON.stringify({ bootstrap: Buffer.from('node: {}').toString('base64') })); };

let server: Server | undefined;
afterEach(() => { server?.close(); server = undefined; });

async function serve(started: Server): Promise<URL> {
  server = started;
  started.listen(0, '127.0.0.1');
  await once(started, 'listening');
  return new URL(`https://127.0.0.1:${(started.address() as AddressInfo).port}`);
}
const tls = (listener: RequestListener): Promise<URL> => serve(createTlsServer({ key: identity.keyPem.reveal(), cert: identity.certificatePem }, listener));
const heard: string[] = [];
const ask = (target: BootstrapServer, maxDurationMs = 0, signal = new AbortController().signal): Promise<string> =>
  fetchBootstrap(target, { name: 'web-1' }, { backoffMs: 1, maxDurationMs, onRetry: (why) => heard.push(why), signal });

describe('fetchBootstrap', () => {
  it('trusts the CA that it was given, and anything when told not to verify', async () => {
    const url = await tls(good);
    expect(await ask({ url, ca: identity.certificatePem, verify: true })).toBe('node: {}');
    expect(await ask({ url, ca: undefined, verify: false })).toBe('node: {}');
  });

  it('gives up at once on a certificate that it does not trust, naming what to do', async () => {
    await expect(ask({ url: await tls(good), ca: undefined, verify: true }, 60_000)).rejects.toMatchObject({ code: 'config/invalid', message: expect.stringContaining('--ca-cert-file') });
  });

  it('gives up at once where there is no TLS', async () => {
    const url = await serve(createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    await expect(ask({ url, ca: undefined, verify: false }, 60_000)).rejects.toMatchObject({ message: expect.stringContaining('no TLS there') });
  });

  it('asks again while the proxy is unknown, and says why once', async () => {
    let requests = 0;
    heard.length = 0;
    const url = await tls((request, response) => {
      requests += 1;
      if (requests < 4) { request.resume(); response.writeHead(404).end(); } else good(request, response);
    });
    expect(await ask({ url, ca: identity.certificatePem, verify: true }, 60_000)).toBe('node: {}');
    expect(requests).toBe(4);
    expect(heard).toHaveLength(1);
  });

  it('says where it got nothing when time is up', async () => {
    const url = await tls(good);
    server?.close();
    await once(server!, 'close');
    await expect(ask({ url, ca: undefined, verify: false })).rejects.toMatchObject({ message: expect.stringContaining(url.origin) });
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const url = await tls((request, response) => { request.resume(); response.writeHead(404).end(); stop.abort(new Error('stop')); });
    await expect(ask({ url, ca: identity.certificatePem, verify: true }, 60_000, stop.signal)).rejects.toThrow('stop');
  });
});
