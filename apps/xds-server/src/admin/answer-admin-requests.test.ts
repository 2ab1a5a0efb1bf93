import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import type { RequestListener } from 'node:http';
import { adminAnswerParts, answer, ask, REQUESTS, type Bus, type EnvoyAdminRequest } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { makeKeyWithRequest, systemClock } from '@weft/service-runtime';
import { silentLogger } from '@weft/service-runtime/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestSigner } from '../testing/test-signer.ts';
import { AdminAuthority } from './admin-authority.ts';
import { adminRequestHandler } from './answer-admin-requests.ts';
import { callEnvoyAdmin, type AdminCall } from './call-envoy-admin.ts';

const WEB = { type: 'Dataplane', mesh: 'default', name: 'web-1' };
const IDENTITY = 'dataplane.default.web-1';
const ALREADY_OPEN = async (): Promise<void> => undefined;
const LIMITS = { connectMs: 20_000, totalMs: 20_000, bytes: 1_000_000 };

let bus: Bus;
let authority: AdminAuthority;
let envoy: Server;
/** What the Envoy of the test does, and what it was asked. */
let respond: RequestListener;
let asked: string[];

/** An HTTPS server that stands in for an admin listener: it wants a client certificate, and holds one for a proxy. */
beforeEach(async () => {
  bus = createMemoryBus({ clock: systemClock });
  const signer = await TestSigner.start(bus, systemClock);
  authority = new AdminAuthority({ bus, clock: systemClock, log: silentLogger, onChange: () => undefined });
  await authority.answered;
  const { csrPem, keyPem } = await makeKeyWithRequest();
  const { certificatePem } = await ask(bus, REQUESTS.signServer, { csrPem, dnsNames: [IDENTITY], ipAddresses: [], purpose: 'envoy-admin-server' });
  asked = [];
  envoy = createServer({ cert: certificatePem, key: keyPem.reveal(), ca: signer.caPem, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    asked.push(`${request.url ?? ''} ${'authorized' in request.socket && request.socket.authorized === true ? 'with' : 'without'} a certificate`);
    respond(request, response);
  });
  await new Promise<void>((resolve) => envoy.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  authority.stop();
  envoy.closeAllConnections();
  await new Promise((resolve) => envoy.close(resolve));
  await bus.close();
});

const portOf = (server: Server | TcpServer): number => (server.address() as AddressInfo).port;
const callTo = (changes: Partial<AdminCall> = {}): AdminCall => ({ address: '127.0.0.1', port: portOf(envoy), path: '/stats', identity: IDENTITY, client: authority.client, ...changes });

describe('a call of an admin listener', () => {
  it('believes nobody but the proxy that it is for', async () => {
    respond = (_request, response) => response.end('made up');
    await expect(callEnvoyAdmin(callTo({ identity: 'dataplane.default.web-2' }))).rejects.toMatchObject({ code: 'proxy/unreachable', message: expect.stringContaining('not of dataplane.default.web-2') as string });
    expect(asked).toEqual([]);
  });

  it('believes no certificate of another CA', async () => {
    const other = createMemoryBus({ clock: systemClock });
    const { caPem } = await TestSigner.start(other, systemClock);
    await expect(callEnvoyAdmin(callTo({ client: { ...authority.client, caPem } }))).rejects.toMatchObject({ code: 'proxy/unreachable' });
    expect(asked).toEqual([]);
    await other.close();
  });

  it('tells where nobody listens, where nobody answers, and where the answer breaks off', async () => {
    const silent = createTcpServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    await expect(callEnvoyAdmin(callTo({ port: portOf(silent) }), { ...LIMITS, connectMs: 50 })).rejects.toMatchObject({ message: expect.stringContaining('did not accept a connection within 0.05 s') as string });
    const port = portOf(silent);
    await new Promise((resolve) => silent.close(resolve));
    await expect(callEnvoyAdmin(callTo({ port }))).rejects.toMatchObject({ code: 'proxy/unreachable', message: expect.stringContaining('ECONNREFUSED') as string });
    respond = () => undefined;
    await expect(callEnvoyAdmin(callTo(), { ...LIMITS, totalMs: 300 })).rejects.toMatchObject({ message: expect.stringContaining('did not answer within 0.3 s') as string });
    respond = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      setImmediate(() => response.destroy());
    };
    await expect(callEnvoyAdmin(callTo())).rejects.toMatchObject({ code: 'proxy/unreachable' });
    respond = (_request, response) => response.writeHead(503).end('draining');
    await expect(callEnvoyAdmin(callTo())).rejects.toMatchObject({ message: expect.stringContaining('answered 503 to /stats') as string });
  });

  it('takes no more than it can hold', async () => {
    respond = (_request, response) => response.end(Buffer.alloc(LIMITS.bytes + 1));
    await expect(callEnvoyAdmin(callTo(), LIMITS)).rejects.toMatchObject({ code: 'bus/too-large' });
  });
});

describe('the request xds.admin', () => {
  const requestOf = (show: EnvoyAdminRequest['show'], answerTo = 'one'): EnvoyAdminRequest => ({ proxy: WEB, address: '127.0.0.1', port: portOf(envoy), show, answerTo });

  it('sends an answer that is larger than a message in parts, in order', async () => {
    const body = Array.from({ length: 300_000 }, (_, line) => `line ${line}`).join('\n');
    respond = (_request, response) => response.writeHead(200, { 'content-type': 'text/plain; charset=UTF-8' }).end(body);
    const parts: string[] = [];
    await answer(bus, adminAnswerParts('one'), async ({ data }) => {
      parts.push(data);
      return null;
    });
    const handle = adminRequestHandler({ bus, authority, open: ALREADY_OPEN });
    expect(await handle(requestOf({ what: 'stats', format: 'text', usedOnly: false }))).toEqual({ contentType: 'text/plain; charset=UTF-8' });
    expect(Buffer.concat(parts.map((part) => Buffer.from(part, 'base64'))).toString() === body).toBe(true);
    expect(parts.length).toBeGreaterThan(5);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(1024 * 1024);
  });

  it.each<[EnvoyAdminRequest['show'], string]>([
    [{ what: 'config-dump', includeEds: false }, '/config_dump'],
    [{ what: 'config-dump', includeEds: true }, '/config_dump?include_eds'],
    [{ what: 'stats', format: 'text', usedOnly: true }, '/stats?usedonly'],
    [{ what: 'stats', format: 'json', usedOnly: true }, '/stats?format=json&usedonly'],
    [{ what: 'stats', format: 'text', usedOnly: false }, '/stats'],
    [{ what: 'clusters', format: 'text' }, '/clusters'],
    [{ what: 'clusters', format: 'json' }, '/clusters?format=json'],
  ])('%o asks for %s', async (show, path) => {
    respond = (_request, response) => response.end();
    await adminRequestHandler({ bus, authority, open: ALREADY_OPEN })(requestOf(show));
    expect(asked).toEqual([`${path} with a certificate`]);
  });

  it('answers a few at once and turns the others away', async () => {
    const open: (() => void)[] = [];
    respond = (_request, response) => void open.push(() => response.end());
    const handle = adminRequestHandler({ bus, authority, open: ALREADY_OPEN });
    const running = [1, 2, 3, 4].map(() => handle(requestOf({ what: 'clusters', format: 'text' })));
    await expect(handle(requestOf({ what: 'clusters', format: 'text' }))).rejects.toMatchObject({ code: 'bus/unavailable' });
    await expect.poll(() => open.length).toBe(4);
    for (const finish of open) finish();
    await Promise.all(running);
    respond = (_request, response) => response.end();
    await handle(requestOf({ what: 'clusters', format: 'text' }));
  });

  it('says to wait while ca-service has signed nothing', async () => {
    const alone = createMemoryBus({ clock: systemClock });
    const waiting = new AdminAuthority({ bus: alone, clock: systemClock, log: silentLogger, onChange: () => undefined });
    await expect(adminRequestHandler({ bus: alone, authority: waiting, open: ALREADY_OPEN })(requestOf({ what: 'clusters', format: 'text' }))).rejects.toMatchObject({ code: 'bus/unavailable' });
    waiting.stop();
    await alone.close();
  });
});
