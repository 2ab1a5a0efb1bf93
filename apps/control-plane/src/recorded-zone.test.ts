import { readFileSync } from 'node:fs';
import { normalised, readExchanges, replay } from '@weft/global-store/testing';
import { weftRegistry } from '@weft/policy-model';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WholePlane, type NodeMetadata, type TestResource } from './testing/whole-plane.ts';

const testdata = (file: string): URL => new URL(`../testdata/${file}`, import.meta.url);
const read = (file: string): unknown => JSON.parse(readFileSync(testdata(file), 'utf8'));

const EXCHANGES = readExchanges(testdata('recorded-zone.json'));
const PROXIES = read('recorded-proxies.json') as Readonly<Record<string, NodeMetadata>>;
const RESOURCES = read('recorded-resources.json') as readonly TestResource[];

/** Times and ids, of what happened at another time. */
const VARYING = new Set([
  'creationTime', 'modificationTime', 'createdAt', 'connectTime', 'lastUpdateTime', 'certificateExpirationTime', 'lastCertificateRegeneration',
  'id', 'clusterId', 'hostname', 'instanceId', 'controlPlaneInstanceId', 'data', 'next', 'dataplane.readinessReporter.port',
]);

/** What the recorded proxy `web-1` was sent. */
const ENVOY_RESOURCES = {
  Cluster: ['backend', 'backend-154693772bc47249', 'backend-5b73b3f4adf20020', 'kuma:envoy:admin', 'kuma:readiness', 'localhost:18081', 'redis'],
  ClusterLoadAssignment: ['backend', 'backend-154693772bc47249', 'backend-5b73b3f4adf20020', 'redis'],
  Listener: ['inbound:10.0.0.3:8080', 'kuma:envoy:admin', 'outbound:127.0.0.1:20001', 'outbound:127.0.0.1:20002'],
  Secret: ['identity_cert:secret:default', 'mesh_ca:secret:default'],
};

/** Types of responses of which the one may send more than the other. */
const COUNTED = ['total', 'cds', 'eds', 'lds', 'rds'];
const OWN_TYPES = new Set(weftRegistry.all.filter(({ weftOnly }) => weftOnly === true).map(({ name }) => name));

/** The document without what differs by nature, and without the copy of the resource in an insight's metadata: it stands beside it. */
function comparable(document: unknown): unknown {
  return normalised(JSON.parse(JSON.stringify(document), (key, value: unknown) => {
    if (key === 'dataplane.resource') return undefined;
    if (Array.isArray(value)) return (value as readonly unknown[]).filter((item) => !OWN_TYPES.has((item as { readonly name?: string } | null)?.name ?? ''));
    return key === 'status' && typeof value === 'object' && value !== null ? { ...value, ...Object.fromEntries(COUNTED.filter((type) => type in value).map((type) => [type, {}])) } : value;
  }), VARYING);
}

/** What Kuma 2.14.3 answered about two proxies that were connected, in the order of the recording: the same documents but for times, ids and counts. */
describe('recorded exchanges of a zone with proxies', () => {
  let plane: WholePlane;

  beforeAll(async () => {
    plane = await WholePlane.start();
    for (const resource of RESOURCES) await plane.put(resource);
    for (const [name, metadata] of Object.entries(PROXIES)) await plane.connect(name, metadata);
    const certified = { issuedBackends: { 'ca-1': 1 } };
    await vi.waitFor(async () => expect((await plane.get('/meshes/default/service-insights'))['items']).toMatchObject([certified, certified]), { timeout: 20_000 });
  });
  afterAll(() => plane.close());

  it.each(EXCHANGES)('$name: $method $path', async ({ answer, ...request }) => {
    const replayed = async (): Promise<unknown> => {
      const got = await replay(plane.url, request);
      return { status: got.status, contentType: got.contentType, document: comparable(JSON.parse(got.body)) };
    };
    const expected = { status: answer.status, contentType: answer.contentType, document: comparable(answer.json) };
    // The CA of the mesh that was just made comes a moment later.
    if (request.method === 'GET') await expect.poll(replayed).toEqual(expected);
    else expect(await replayed()).toEqual(expected);
  });

  it.each(['?shadow=false', '?shadow=true', ''])('040 and 041: the Envoy resources of /_config%s bear the same names; routes are listed beside listeners', async (query) => {
    const { xds, ...rest } = (await plane.get(`/meshes/default/dataplanes/web-1/_config${query}`)) as { xds: Readonly<Record<string, object>> };
    const names = Object.fromEntries(Object.entries(xds).map(([type, resources]) => [type.split('.').at(-1), Object.keys(resources).sort()]));
    expect(rest).toEqual({});
    expect(names).toEqual({ ...ENVOY_RESOURCES, RouteConfiguration: expect.any(Array) });
  });
});
