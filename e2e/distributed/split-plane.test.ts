import { X509Certificate } from 'node:crypto';
import { AdsClient } from '@weft/xds-server/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { SplitPlane } from './split-plane.ts';

const IDENTITY = 'identity_cert:secret:shop';
const CA = 'mesh_ca:secret:shop';
const soon = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 50 });

let plane: SplitPlane;
let client: AdsClient;

beforeAll(async () => {
  plane = await SplitPlane.start();
  await put('/meshes/shop', { type: 'Mesh', name: 'shop', mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } });
  await put('/meshes/shop/dataplanes/web-1', dataplane('web-1', { inbound: 'web', outbound: 'backend' }));
  await put('/meshes/shop/dataplanes/backend-1', dataplane('backend-1', { inbound: 'backend', address: '127.0.0.2' }));
});

afterAll(async () => {
  await plane.close();
});

beforeEach(async () => {
  client = new AdsClient('web-1', { nodeId: 'shop.web-1', secrets: [IDENTITY, CA] });
  client.connect(plane.dpPort, await controlPlaneCa());
});

afterEach((context) => {
  client.close();
  if (context.task.result?.state === 'fail') process.stderr.write(plane.output);
});

async function put(path: string, body: unknown): Promise<void> {
  const { status, json } = await plane.api('PUT', path, body);
  expect([200, 201], JSON.stringify(json)).toContain(status);
}

function dataplane(name: string, options: { readonly inbound: string; readonly outbound?: string; readonly address?: string }): object {
  const { inbound, outbound, address = '127.0.0.1' } = options;
  const outbounds = outbound === undefined ? {} : { outbound: [{ port: 18_080, tags: { 'kuma.io/service': outbound } }] };
  return { type: 'Dataplane', mesh: 'shop', name, networking: { address, inbound: [{ port: 10_080, servicePort: 8080, tags: { 'kuma.io/service': inbound, 'kuma.io/protocol': 'http' } }], ...outbounds } };
}

/** The certificate out of the GlobalSecret that holds the control plane's own CA. */
async function controlPlaneCa(): Promise<string> {
  const { json } = await plane.api('GET', '/global-secrets/inter-cp-ca');
  const pem = Buffer.from(String(json['data']), 'base64').toString('utf8');
  return new X509Certificate(pem).toString();
}

async function complete(): Promise<void> {
  const caPem = await controlPlaneCa();
  await soon(() => {
    // As an Envoy does. A restarted DP server that left a proxy its certificate ends a stream that asks for it anew.
    if (client.ended !== undefined) client.connect(plane.dpPort, caPem);
    expect(Object.keys(client.envoy.held('cds'))).toContain('backend');
    expect(Object.keys(client.envoy.held('eds'))).toContain('backend');
    expect(Object.keys(client.envoy.held('lds')).length).toBeGreaterThan(0);
    expect(Object.keys(client.envoy.held('sds')).sort()).toEqual([IDENTITY, CA]);
  });
}

/** Adds or moves an instance of `backend`, and waits until the proxy hears of it. */
async function endpointChangeArrives(address: string): Promise<void> {
  const before = client.envoy.held('eds')['backend'];
  await put('/meshes/shop/dataplanes/backend-2', dataplane('backend-2', { inbound: 'backend', address }));
  await soon(() => expect(client.envoy.held('eds')['backend']).not.toBe(before));
}

test('clusters, endpoints, listeners and secrets reach an Envoy through three processes, NATS and Redis', async () => {
  await complete();
  await endpointChangeArrives('127.0.0.3');
});

test('a CA service that was killed is replaced: it signs with the same CA', async () => {
  await complete();
  const bundle = client.envoy.held('sds')[CA];
  await plane.killPart('ca');
  await endpointChangeArrives('127.0.0.4');
  await plane.startPart('ca');
  const other = new AdsClient('backend-1', { nodeId: 'shop.backend-1', secrets: [IDENTITY, CA] });
  try {
    other.connect(plane.dpPort, await controlPlaneCa());
    await soon(() => expect(Object.keys(other.envoy.held('sds')).sort()).toEqual([IDENTITY, CA]));
    expect(other.envoy.held('sds')[CA]).toBe(bundle);
  } finally {
    other.close();
  }
});

test('a store process that was killed is replaced: every acknowledged write is there, streams go on', async () => {
  await complete();
  const names = Array.from({ length: 20 }, (_, index) => `kept-${index}`);
  await Promise.all(names.map((name) => put(`/meshes/shop/dataplanes/${name}`, dataplane(name, { inbound: name, address: '127.0.0.9' }))));
  await plane.killPart('store');
  await plane.startPart('store');
  const stored = await Promise.all(names.map((name) => plane.api('GET', `/meshes/shop/dataplanes/${name}`)));
  expect(stored.map(({ status }) => status)).toEqual(names.map(() => 200));
  expect(client.ended).toBeUndefined();
  await endpointChangeArrives('127.0.0.5');
});

test('a DP server that was killed is replaced: nothing that the proxy holds is sent again', async () => {
  await complete();
  const held = (): object => Object.fromEntries((['cds', 'eds', 'lds', 'sds'] as const).map((type) => [type, client.envoy.held(type)]));
  const before = held();
  await plane.killPart('xds');
  await soon(() => expect(client.ended).toBeDefined());
  await plane.startPart('xds');
  client.connect(plane.dpPort, await controlPlaneCa());
  await endpointChangeArrives('127.0.0.6');
  expect(client.received).toEqual(['ClusterLoadAssignment/backend']);
  expect(held()).toEqual({ ...before, eds: client.envoy.held('eds') });
});

test('Redis and NATS that were killed come back: writes are there, changes flow again', async () => {
  await complete();
  await plane.redis.kill();
  expect((await plane.api('PUT', '/meshes/shop/dataplanes/lost', dataplane('lost', { inbound: 'lost' }))).status).toBeGreaterThanOrEqual(500);
  await plane.redis.restart();
  await soon(async () => expect((await plane.api('GET', '/meshes/shop/dataplanes/backend-1')).status).toBe(200));
  await plane.nats.kill();
  await plane.nats.restart();
  expect(client.ended).toBeUndefined();
  await endpointChangeArrives('127.0.0.7');
});
