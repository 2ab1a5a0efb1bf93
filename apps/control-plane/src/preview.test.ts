import { mkdtemp, rm } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@weft/service-runtime/testing';
import { AdsClient } from '@weft/xds-server/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig, startControlPlane, type RunningControlPlane } from './index.ts';

type Document = Readonly<Record<string, unknown>>;
interface Preview {
  readonly changed: number;
  readonly connected: number;
  readonly items: readonly { readonly mesh: string; readonly name: string; readonly changes: readonly { readonly type: string; readonly name: string; readonly op: string; readonly diff?: unknown }[] }[];
}

const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const JSON_TYPE = { 'content-type': 'application/json' };
const dataplane = (name: string, outbound: readonly unknown[]): Document => ({
  type: 'Dataplane', mesh: 'default', name, networking: { address: '127.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': name, 'kuma.io/protocol': 'http' } }], outbound },
});
const timeout = (name: string, more: Document = {}): Document => ({
  type: 'MeshTimeout', mesh: 'default', name, spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { connectionTimeout: '7s' } }] }, ...more,
});

/** `web` calls `backend`, and both are connected. */
describe('previews of configs', () => {
  let workDir: string;
  let plane: RunningControlPlane;
  const proxies: AdsClient[] = [];
  const call = async (method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly json: Document }> => {
    const answer = await fetch(`http://${plane.addresses['http'] ?? ''}${path}`, { method, ...(body !== undefined && { headers: JSON_TYPE, body: JSON.stringify(body) }) });
    return { status: answer.status, json: (await answer.json()) as Document };
  };
  const preview = async (...resources: readonly Document[]): Promise<Preview> => (await call('POST', '/_preview', { resources })).json as unknown as Preview;

  beforeAll(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'weft-preview-'));
    const flags = { 'general.workDir': workDir, 'store.type': 'memory', 'apiServer.http.interface': '127.0.0.1', 'apiServer.http.port': '0', 'apiServer.https.port': '0', 'dpServer.port': '0', 'dnsServer.port': '0', 'monitoringAssignmentServer.interface': '127.0.0.1', 'monitoringAssignmentServer.port': '0', 'diagnostics.serverPort': '0', 'dpServer.authn.dpProxy.type': 'none' };
    const { config, loaded } = readConfig({ env: {}, flags });
    plane = await startControlPlane({ config, loaded, env: {}, log: silentLogger });
    await plane.ready;
    await call('PUT', '/meshes/default/dataplanes/backend', dataplane('backend', []));
    await call('PUT', '/meshes/default/dataplanes/web', dataplane('web', [{ port: 10_001, tags: { 'kuma.io/service': 'backend' } }]));
    const ca = new X509Certificate(Buffer.from(String((await call('GET', '/global-secrets/inter-cp-ca')).json['data']), 'base64')).toString();
    for (const name of ['backend', 'web']) {
      const proxy = new AdsClient(name);
      proxies.push(proxy);
      proxy.connect(Number(plane.addresses['dpServer']?.split(':').at(-1)), ca);
      await vi.waitFor(async () => expect(await call('GET', `/meshes/default/dataplanes/${name}/_config`)).toMatchObject({ status: 200 }), { timeout: 20_000 });
    }
  });

  afterAll(async () => {
    for (const proxy of proxies) proxy.close();
    await plane.close();
    await rm(workDir, { recursive: true, force: true });
  });

  it('tell which Envoy resources of which proxy would change, and how; nothing is stored or sent', async () => {
    const received = proxies.map(({ received: { length } }) => length);
    const { items, ...numbers } = await preview(timeout('a-patience'));
    expect(numbers).toEqual({ changed: 1, connected: 2, skipped: 0, warnings: [] });
    expect(items).toEqual([{ mesh: 'default', name: 'web', problems: [], changes: [{ type: CLUSTER, name: 'backend', op: 'changed', diff: [{ op: 'replace', path: '/connectTimeout', value: '7s' }] }] }]);
    expect((await call('GET', '/meshes/default/meshtimeouts/a-patience')).status).toBe(404);
    expect(proxies.map(({ received: { length } }) => length)).toEqual(received);
  });

  it('take several documents together: a proxy that comes, a mesh with what is in it', async () => {
    const { items } = await preview(dataplane('web', []), timeout('a-patience'));
    expect(items).toMatchObject([{ name: 'web', changes: expect.arrayContaining([{ type: CLUSTER, name: 'backend', op: 'removed' }]) }]);
    expect(await preview({ type: 'Mesh', name: 'fresh' }, timeout('a-patience', { mesh: 'fresh' }))).toMatchObject({ changed: 0, connected: 0 });
    expect((await call('GET', '/meshes/fresh')).status).toBe(404);
  });

  it('say nothing of documents that change nothing', async () => {
    expect(await preview(dataplane('backend', []))).toMatchObject({ changed: 0 });
  });

  it.each([
    ['a document that admission refuses', [timeout('bad', { spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: 'soon' } }] } })], 400],
    ['a type that nobody knows', [{ type: 'MeshMagic', name: 'x' }], 400],
    ['a policy of a mesh that is not there', [timeout('x', { mesh: 'absent' })], 400],
    ['something else than a list', 'all', 400],
  ])('refuse %s', async (_, resources, status) => {
    expect((await call('POST', '/_preview', { resources })).status).toBe(status);
  });

  it('_config shows what shadow policies would do, and what that changes', async () => {
    const configOf = async (query: string): Promise<Document> => (await call('GET', `/meshes/default/dataplanes/web/_config${query}`)).json;
    expect((await call('PUT', '/meshes/default/meshtimeouts/a-shade', timeout('a-shade', { labels: { 'kuma.io/effect': 'shadow' } }))).status).toBe(201);
    await expect.poll(() => configOf('?shadow=true&include=diff'), { timeout: 20_000 }).toMatchObject({
      xds: { [CLUSTER]: { backend: { connectTimeout: '7s' } } }, diff: [{ op: 'replace', path: `/${CLUSTER.replaceAll('/', '~1')}/backend/connectTimeout`, value: '7s' }],
    });
    expect(await configOf('?shadow=false&include=diff')).toMatchObject({ xds: { [CLUSTER]: { backend: { connectTimeout: '5s' } } }, diff: [] });
    expect(Object.keys(await configOf('?shadow=true'))).toEqual(['xds']);
  });

  it('_config of a proxy that is away is what it would be given', async () => {
    const path = '/meshes/default/dataplanes/backend/_config';
    const { xds } = (await call('GET', path)).json as { readonly xds: Readonly<Record<string, object>> };
    proxies[0]?.close();
    await expect.poll(() => call('GET', '/meshes/default/dataplanes/backend/_overview'), { timeout: 20_000 }).toMatchObject({ json: { dataplaneInsight: { subscriptions: [{ disconnectTime: expect.any(String) }] } } });
    const away = (await call('GET', path)).json as { readonly xds: Readonly<Record<string, object>> };
    expect(away.xds[CLUSTER]).toEqual(xds[CLUSTER]);
    expect((await call('GET', '/meshes/default/dataplanes/web/_config')).status).toBe(200);
  });
});
