import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { pageExamples } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

const ADDRESS = '127.0.33.1';

/** `web` calls `backend`, whose application gives metrics of its own. */
describe('MeshMetric on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let metricsApp: HttpApp;
  let appMetrics = '';
  let collector: OtlpReceiver & { readonly port: number };
  let backend: string;
  let port: number;
  let metricsPort: number;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    const [appPort = 0, appMetricsPort = 0, prometheusPort = 0] = await freePorts(3);
    port = prometheusPort;
    metricsPort = appMetricsPort;
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    metricsApp = await HttpApp.listen({ name: 'metrics', host: '127.0.0.1', port: metricsPort, respond: (_req, res) => void res.end(appMetrics) });
    collector = await OtlpReceiver.listen();
    await serve(mesh, { name: 'backend', address: ADDRESS }, appPort);
    const { outbounds: [outbound = { host: '', port: 0 }] } = await call(mesh, { name: 'web', address: '127.0.33.2' }, ['backend']);
    backend = urlOf(outbound);
    await until('calls get through', async () => (await httpGet(backend)).status === 200);
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all([app.close(), metricsApp.close()]);
    collector.close();
  });

  const policy = (conf: object) => mesh.put({ type: 'MeshMetric', name: 'metrics', spec: { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'backend' } }, default: conf } });
  const prometheus = (more: object = {}) => ({ type: 'Prometheus', prometheus: { port, ...more } });
  const scrape = async (path = '/metrics'): Promise<string> => (await httpGet(`http://${ADDRESS}:${port}${path}`)).body;
  const scraped = (what: string, found: (text: string) => boolean, path?: string): Promise<void> => until(what, async () => found(await scrape(path)));

  it('one scrape gives what the profile lets through of Envoy, and the application\'s: the example of its page', async () => {
    appMetrics = '# TYPE orders counter\norders{shop="x"} 7\n';
    const replaced = { '5670': String(port), '8080': String(metricsPort), '127.0.0.1:4317': `127.0.0.1:${collector.port}`, '1m': '1s', 'kind: Mesh': 'kind: MeshSubset\n    tags: {kuma.io/service: backend}' };
    for (const example of pageExamples('policies/meshmetric.md', replaced)) await mesh.put(example);
    await scraped('both are there', (text) => text.includes('orders{shop="x"} 7') && text.includes('envoy_cluster_manager_cluster_added'));
    const text = await scrape();
    expect(text).toMatch(/^envoy_cluster_upstream_rq_total\{.*\} \d+$/m);
    expect(text).not.toMatch(/^envoy_server_worker/m);
    expect(text).not.toMatch(/^envoy_runtime/m);
    expect(text).toContain('# TYPE orders counter\n');
  });

  it('the collector gets them too, as metrics of their kinds', async () => {
    const kinds = (): Record<string, string | undefined> => Object.fromEntries(collector.metrics.map(({ item: { name, kind } }) => [name, kind]));
    await until('pushed', () => Promise.resolve(kinds()['orders'] !== undefined && kinds()['envoy_cluster_upstream_rq_time'] !== undefined));
    expect(kinds()).toMatchObject({ orders: 'sum', envoy_cluster_upstream_rq_time: 'histogram', envoy_cluster_membership_total: 'gauge' });
    expect(collector.metrics[0]?.resource).toMatchObject({ mesh: 'default', dataplane: 'backend', kuma_io_service: 'backend' });
  });

  it('a collector may speak HTTP, as a MeshOpenTelemetryBackend says', async () => {
    const [collectorPort = 0] = await freePorts(1);
    const http = await HttpApp.listen({ name: 'collector', host: '127.0.0.1', port: collectorPort });
    await mesh.put({ type: 'MeshOpenTelemetryBackend', name: 'over-http', spec: { endpoint: { address: '127.0.0.1', port: collectorPort, path: '/base' }, protocol: 'http' } });
    await policy({ backends: [{ type: 'OpenTelemetry', openTelemetry: { backendRef: { kind: 'MeshOpenTelemetryBackend', name: 'over-http' }, refreshInterval: '1s' } }] });
    await until('pushed over HTTP', () => Promise.resolve(http.requests.some(({ url, headers }) => url === '/base/v1/metrics' && headers['content-type'] === 'application/x-protobuf')));
    await http.close();
  });

  it('filters by what the policy says at the moment', async () => {
    await policy({ backends: [prometheus({ path: '/other' })], sidecar: { profiles: { appendProfiles: [{ name: 'None' }], include: [{ type: 'Regex', match: 'server_(live|uptime)$' }] } } });
    await scraped('only what is included is left', (text) => text.includes('envoy_server_live') && !text.includes('envoy_cluster'), '/other');
    const names = new Set((await scrape('/other')).split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.replace(/[{ ].*/, '')));
    expect(names).toEqual(new Set(['envoy_server_live', 'envoy_server_uptime']));
    await policy({ backends: [prometheus()], sidecar: { includeUnused: true } });
    await scraped('everything is there', (text) => text.includes('envoy_runtime_admin_overrides_active') && text.length > 50_000);
  });

  it('an application that is down, or answers nonsense, leaves the rest alone; a large one comes as a whole', async () => {
    const [nobody = 0] = await freePorts(1);
    const sidecar = { profiles: { appendProfiles: [{ name: 'None' }], include: [{ type: 'Exact', match: 'envoy_server_live' }] } };
    appMetrics = Array.from({ length: 200_000 }, (_, index) => `big{n="${index}"} ${index}\n`).join('');
    await policy({ backends: [prometheus()], sidecar, applications: [{ name: 'down', port: nobody }, { name: 'odd', port: metricsPort, path: '/odd' }, { name: 'big', port: metricsPort }] });
    await scraped('the large one is whole', (text) => text.includes('envoy_server_live') && text.includes('big{n="199999"} 199999'));
    expect((await scrape()).match(/^big\{/gm)).toHaveLength(400_000);
  });

  it('ActiveMTLSBackend wants a certificate of the mesh; without a policy the Mesh decides; no backends, no listener', async () => {
    await policy({ backends: [prometheus({ tls: { mode: 'ActiveMTLSBackend' } })] });
    await until('plaintext is over', async () => (await httpGet(`http://${ADDRESS}:${port}/metrics`)).status !== 200);
    const refused = await new Promise<string>((resolve) => {
      request({ host: ADDRESS, port, path: '/metrics', rejectUnauthorized: false, agent: false }, () => resolve('answered')).on('error', ({ message }) => resolve(message)).end();
    });
    expect(refused).toMatch(/certificate required|reset|hang up/i);
    const metrics = { enabledBackend: 'own', backends: [{ name: 'own', type: 'prometheus', conf: { port, path: '/of-mesh', skipMTLS: true } }] };
    await mesh.put({ type: 'Mesh', name: 'default', metrics, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } });
    await mesh.delete('MeshMetric', 'metrics');
    await scraped('the mesh\'s own backend counts', (text) => text.includes('envoy_server_live'), '/of-mesh');
    await policy({ backends: [] });
    await until('nobody listens', async () => /ECONNREFUSED/.test((await httpGet(`http://${ADDRESS}:${port}/metrics`)).body));
  });
});
