import { X509Certificate } from 'node:crypto';
import { AdsClient } from '@weft/xds-server/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SplitPlane } from './split-plane.ts';

const SERVICES = 480;
const POLICIES = 500;
const MESSAGE_BYTES = 1024 * 1024;
const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';

let plane: SplitPlane;
let client: AdsClient;

/** `wide` calls 480 services and is selected by 500 policies. Its stream is held by one of two DP servers. */
beforeAll(async () => {
  plane = await SplitPlane.start();
  await plane.startPart('secondXds');
  const name = (index: number): string => `svc-${index}`;
  await inTurns(SERVICES, (index) => put(`dataplanes/${name(index)}`, 'Dataplane', { networking: { address: '127.0.0.2', inbound: [{ port: 80, tags: { 'kuma.io/service': name(index), 'kuma.io/protocol': 'http' } }] } }));
  await inTurns(POLICIES, (index) => put(`${index % 2 === 0 ? 'meshtimeouts' : 'meshretries'}/a-${index}`, index % 2 === 0 ? 'MeshTimeout' : 'MeshRetry', {
    spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name: name(index % SERVICES) }, default: index % 2 === 0 ? { connectionTimeout: `${index + 1}s` } : { tcp: { maxConnectAttempt: index } } }] },
  }));
  const outbound = Array.from({ length: SERVICES }, (_, index) => ({ port: 20_000 + index, tags: { 'kuma.io/service': name(index) } }));
  await put('dataplanes/wide', 'Dataplane', { networking: { address: '127.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'wide', 'kuma.io/protocol': 'http' } }], outbound } });
  client = new AdsClient('wide', { nodeId: 'default.wide' });
  const { json } = await plane.api('GET', '/global-secrets/inter-cp-ca');
  client.connect(plane.dpPort, new X509Certificate(Buffer.from(String(json['data']), 'base64')).toString());
  await vi.waitFor(() => expect(Object.keys(client.envoy.held('cds')).length).toBeGreaterThan(SERVICES), { timeout: 60_000 });
});

afterAll(async () => {
  client.close();
  await plane.close();
});

async function put(path: string, type: string, content: object): Promise<void> {
  const { status, json } = await plane.api('PUT', `/meshes/default/${path}`, { type, mesh: 'default', name: path.split('/')[1], ...content });
  expect(status, JSON.stringify(json)).toBe(201);
}

/** A few at once. */
async function inTurns(count: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 20 }, async () => {
    while (next < count) await run(next++);
  }));
}

test('a configuration larger than a message comes from the server that holds the proxy, each time', async () => {
  await vi.waitFor(async () => expect((await plane.api('GET', '/meshes/default/dataplanes/wide/_config')).status).toBe(200), { timeout: 20_000 });
  for (const query of ['', '?shadow=true', '?include=diff', '']) {
    const { status, json } = await plane.api('GET', `/meshes/default/dataplanes/wide/_config${query}`);
    expect(status).toBe(200);
    expect(JSON.stringify(json).length).toBeGreaterThan(MESSAGE_BYTES);
    expect((json['xds'] as Readonly<Record<string, object>>)[CLUSTER]).toHaveProperty('svc-479');
  }
});

test('every rule is there, with the policy that it came from', async () => {
  const { json } = await plane.api('GET', '/meshes/default/dataplanes/wide/_rules');
  const rules = json['rules'] as readonly { readonly type: string; readonly toRules: readonly { readonly origin: readonly { readonly name: string }[] }[] }[];
  const origins = new Set(rules.flatMap(({ toRules }) => toRules.flatMap(({ origin }) => origin.map(({ name }) => name))));
  expect([...origins].filter((name) => name.startsWith('a-'))).toHaveLength(POLICIES);
});

test('a preview is the sum of what both servers say', async () => {
  const spec = { targetRef: { kind: 'Dataplane', name: 'wide' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '77s' } }] };
  const { json } = await plane.api('POST', '/_preview', { resources: [{ type: 'MeshTimeout', mesh: 'default', name: 'all', spec }] });
  expect(json).toMatchObject({ changed: 1, connected: 1, skipped: 0, items: [{ name: 'wide', changes: expect.arrayContaining([{ type: CLUSTER, name: 'svc-0', op: 'changed', diff: [{ op: 'replace', path: '/connectTimeout', value: '77s' }] }]) }] });
});
