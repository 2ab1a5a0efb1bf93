import { ask as request, BUCKETS, bucketKey, REQUESTS } from '@weft/bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

const MESH_SELF = { kind: 'Mesh' };
const service = (name: string, ip: string) => ({
  type: 'MeshService', mesh: 'shop', name, labels: { 'kuma.io/display-name': name },
  spec: { selector: { dataplaneTags: { 'kuma.io/service': name } }, ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }] },
  status: { vips: [{ ip }], addresses: [{ hostname: `${name}.mesh` }] },
});
const dataplane = (name: string, more: object = {}) => ({
  type: 'Dataplane', mesh: 'shop', name, labels: { app: name },
  networking: { address: '10.0.0.1', inbound: [{ name: 'api', port: 8080, tags: { 'kuma.io/service': name, 'kuma.io/protocol': 'http' } }, { port: 9090, tags: { 'kuma.io/service': name } }], ...more },
});
const timeout = (name: string, spec: object) => ({ type: 'MeshTimeout', mesh: 'shop', name, spec });
const RESOURCES: readonly { readonly type: string; readonly name: string }[] = [
  { type: 'Mesh', name: 'shop', ...{ meshServices: { mode: 'Exclusive' }, skipCreatingInitialPolicies: ['*'] } },
  ...['orders', 'web'].map((name) => { const { status: _status, ...resource } = service(name, ''); return resource; }),
  dataplane('web'), dataplane('orders'),
  timeout('base', { targetRef: MESH_SELF, to: [{ targetRef: MESH_SELF, default: { connectionTimeout: '9s', idleTimeout: '40m' } }] }),
  timeout('orders', { targetRef: MESH_SELF, to: [{ targetRef: { kind: 'MeshService', name: 'orders' }, default: { connectionTimeout: '2s' } }] }),
  timeout('nobody', { targetRef: MESH_SELF, to: [{ targetRef: { kind: 'MeshService', name: 'absent' }, default: { connectionTimeout: '1s' } }] }),
  timeout('api', { targetRef: { kind: 'Dataplane', labels: { app: 'web' }, sectionName: 'api' }, rules: [{ default: { idleTimeout: '5m' } }] }),
  timeout('on-route', { targetRef: MESH_SELF, to: [{ targetRef: { kind: 'MeshHTTPRoute', name: 'v1' }, default: { http: { requestTimeout: '3s' } } }] }),
  { type: 'MeshHTTPRoute', name: 'v1', ...{ mesh: 'shop', spec: { targetRef: MESH_SELF, to: [{ targetRef: { kind: 'MeshService', name: 'orders' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/v1' } }], default: { filters: [] } }] }] } } },
  { type: 'MeshMetric', name: 'scrape', ...{ mesh: 'shop', spec: { targetRef: MESH_SELF, default: { backends: [{ type: 'Prometheus', prometheus: { port: 5670, path: '/metrics' } }] } } } },
];
const PATHS: Readonly<Record<string, string>> = { MeshService: 'meshservices', Dataplane: 'dataplanes', MeshTimeout: 'meshtimeouts', MeshHTTPRoute: 'meshhttproutes', MeshMetric: 'meshmetrics' };

const KRI = { timeout: (name: string) => `kri_mt_shop_default__${name}_`, orders: 'kri_msvc_shop_default__orders_http', route: 'kri_mhttpr_shop_default__v1_' };

let server: TestStore;
beforeAll(async () => {
  server = await startForTest();
  for (const resource of RESOURCES) {
    const path = resource.type === 'Mesh' ? `/meshes/${resource.name}` : `/meshes/shop/${PATHS[resource.type] ?? ''}/${resource.name}`;
    expect(await server.call('PUT', path, { json: resource })).toMatchObject({ status: 201 });
  }
  // Addresses are another app's to give.
  for (const { status, ...resource } of [service('orders', '241.0.0.1'), service('web', '241.0.0.2')]) await request(server.ports.bus, REQUESTS.storeWrite, { writes: [{ op: 'put', ...resource, status }], writer: 'test' });
});
afterAll(() => server.app.close());

const ask = async (path: string): Promise<Readonly<Record<string, unknown>> | undefined> => (await server.call('GET', `/meshes/shop/dataplanes/${path}`)).json;

describe('_layout', () => {
  it('names the parts of a proxy', async () => {
    expect(await ask('web/_layout')).toEqual({
      kri: 'kri_dp_shop_default__web_', labels: expect.objectContaining({ app: 'web' }), listeners: [],
      inbounds: [
        { kri: 'kri_dp_shop_default__web_api', port: 8080, protocol: 'http', proxyResourceName: 'self_inbound_dp_api' },
        { kri: 'kri_dp_shop_default__web_9090', port: 9090, protocol: 'tcp', proxyResourceName: 'self_inbound_dp_9090' },
      ],
      outbounds: [
        { kri: KRI.orders, port: 80, protocol: 'http', proxyResourceName: KRI.orders },
        { kri: 'kri_msvc_shop_default__web_http', port: 80, protocol: 'http', proxyResourceName: 'kri_msvc_shop_default__web_http' },
      ],
    });
  });

  it('follows the redirection that the agent reports', async () => {
    const observed = await server.ports.bus.bucket(BUCKETS.observed.name);
    // One that is away for long would be removed.
    const connectTime = new Date().toISOString();
    await observed.put(bucketKey('xds-1', 'shop', 'orders'), { metadata: { features: [] }, subscriptions: [{ connectTime }] });
    await expect.poll(() => ask('orders/_layout')).toMatchObject({ outbounds: [] });
    const features = ['feature-transparent-proxy-in-dataplane-metadata'];
    await observed.put(bucketKey('xds-1', 'shop', 'orders'), { metadata: { features, transparentProxy: { redirect: {} } }, subscriptions: [{ connectTime }] });
    await expect.poll(() => ask('orders/_layout')).toMatchObject({ outbounds: [{ kri: KRI.orders }, {}] });
  });
});

describe('what applies to a part', () => {
  const connection = { conf: [{ connectionTimeout: '2s', idleTimeout: '40m0s' }], kind: 'MeshTimeout', origins: [{ kri: KRI.timeout('base') }, { kri: KRI.timeout('orders') }] };

  it('policies about the proxy', async () => {
    expect(await ask('web/_policies')).toMatchObject({ policies: [{ kind: 'MeshMetric', conf: { backends: [{ type: 'Prometheus' }] }, origins: [{ kri: 'kri_mm_shop_default__scrape_' }] }] });
  });

  it('rules of one inbound', async () => {
    const rules = [{ kind: 'MeshTimeout', rules: [{ conf: { idleTimeout: '5m0s' }, kri: KRI.timeout('api') }], origins: [{ kri: KRI.timeout('api') }] }];
    expect(await ask('web/_inbounds/kri_dp_shop_default__web_api/_policies')).toEqual({ policies: rules });
    expect(await ask('web/_inbounds/kri_dp_shop_default__web_9090/_policies')).toEqual({ policies: [] });
  });

  it('policies, routes, and policies of a route of one outbound', async () => {
    expect(await ask(`web/_outbounds/${KRI.orders}/_policies`)).toEqual({ policies: [connection] });
    expect(await ask(`web/_outbounds/${KRI.orders}/_routes`)).toEqual({
      routes: [{ kind: 'MeshHTTPRoute', rules: [{ kri: KRI.route, conf: { filters: [] }, matches: [{ path: { type: 'PathPrefix', value: '/v1' } }] }], origins: [{ kri: KRI.route }] }],
    });
    const onRoute = { conf: [{ connectionTimeout: '9s', idleTimeout: '40m0s', http: { requestTimeout: '3s' } }], kind: 'MeshTimeout', origins: [{ kri: KRI.timeout('base') }, { kri: KRI.timeout('on-route') }] };
    expect(await ask(`web/_outbounds/${KRI.orders}/_routes/${KRI.route}/_policies`)).toEqual({ policies: [onRoute] });
  });
});

describe('_rules', () => {
  it('are by resource where all services are real, and say which reference leads nowhere', async () => {
    const { rules } = (await ask('web/_rules')) as { readonly rules: readonly Readonly<Record<string, unknown>>[] };
    expect(rules.map(({ type }) => type)).toEqual(['MeshHTTPRoute', 'MeshTimeout', 'MeshMetric']);
    expect(rules[1]).toMatchObject({
      toRules: [], fromRules: [], warnings: ['to[0].targetRef of MeshTimeout "nobody" has no effect: there is no MeshService "absent"'],
      inboundRules: [{ inbound: { name: 'api', port: 8080 }, rules: [{ conf: [{ idleTimeout: '5m0s' }], origin: [{ resourceMeta: { name: 'api' }, ruleIndex: 0 }] }] }],
      toResourceRules: [
        { resourceMeta: { type: 'MeshService', name: 'orders' }, resourceSectionName: '', conf: [{ connectionTimeout: '2s', idleTimeout: '40m0s' }], origin: [{ resourceMeta: { name: 'base' } }, { resourceMeta: { name: 'orders' } }] },
        { resourceMeta: { type: 'Mesh', name: 'shop' } },
        { resourceMeta: { type: 'MeshHTTPRoute', name: 'v1' } },
      ],
    });
    expect(rules[2]).toMatchObject({ type: 'MeshMetric', proxyRule: { conf: { backends: [{}] }, origin: [{ name: 'scrape', type: 'MeshMetric' }] } });
  });

  it('are told one by one in the older form', async () => {
    expect(await ask('web/rules')).toMatchObject({ total: 1, items: [{ type: 'SingleItem', name: 'web', policyType: 'MeshMetric', origins: [{ name: 'scrape' }] }] });
  });
});

describe('what is not there', () => {
  it.each([
    ['absent/_rules', 404, 'Not found'],
    ['web/_inbounds/nonsense/_policies', 400, 'bad request: invalid identifier string: "nonsense"'],
    ['web/_inbounds/kri_dp_shop_default__web_7070/_policies', 404, 'Not found'],
    ['web/_outbounds/kri_msvc_shop_default__absent_/_policies', 404, 'Not found'],
    [`web/_outbounds/${KRI.orders}/_routes/kri_mhttpr_shop_default__absent_/_policies`, 404, 'Not found'],
  ])('%s: %i', async (path, status, detail) => {
    expect(await ask(path)).toMatchObject({ status, detail });
  });

  it('a mesh', async () => {
    expect((await server.call('GET', '/meshes/absent/dataplanes/web/_rules')).json).toMatchObject({ status: 404, title: 'Failed to retrieve Mesh' });
  });

  it('KRIs in a mesh with services by tag', async () => {
    const json = { type: 'Dataplane', mesh: 'default', name: 'legacy', networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'legacy' } }] } };
    await server.call('PUT', '/meshes/default/dataplanes/legacy', { json });
    for (const part of ['_layout', '_policies']) {
      expect((await server.call('GET', `/meshes/default/dataplanes/legacy/${part}`)).json).toMatchObject({ status: 400, title: 'Bad Request', detail: `bad request: can't use ${part} endpoint without meshService enabled` });
    }
  });
});
