import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const REF = { backendRef: { kind: 'MeshOpenTelemetryBackend', name: 'central' } };

/** `web` calls `backend`; agents take what is for `central`, and send it on. */
describe('OpenTelemetry by way of the agent', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let collector: OtlpReceiver & { readonly port: number };
  let web: TestProxy;
  let backend: string;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    collector = await OtlpReceiver.listen();
    const [appPort = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    await serve(mesh, { name: 'backend', address: '127.0.61.1' }, appPort);
    const { outbounds: [outbound = { host: '', port: 0 }], proxy } = await call(mesh, { name: 'web', address: '127.0.61.2' }, ['backend']);
    web = proxy;
    backend = urlOf(outbound);
    await until('calls get through', async () => (await httpGet(backend)).status === 200);
  });

  afterAll(async () => {
    await mesh.close();
    await app.close();
    collector.close();
  });

  const central = (spec: object) => mesh.put({ type: 'MeshOpenTelemetryBackend', name: 'central', spec });
  const whileCalling = (what: string, found: () => boolean): Promise<void> => until(what, async () => {
    await httpGet(backend);
    return found();
  });

  it('logs, spans and metrics reach the collector; Envoy itself speaks to a socket only', async () => {
    await central({ endpoint: { address: '127.0.0.1', port: collector.port } });
    const log = (body: string) => ({ backends: [{ type: 'OpenTelemetry', openTelemetry: { ...REF, body } }] });
    await mesh.put({ type: 'MeshAccessLog', name: 'out', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: log('out') }] } });
    await mesh.put({ type: 'MeshAccessLog', name: 'in', spec: { rules: [{ default: log('in') }] } });
    await mesh.put({ type: 'MeshTrace', name: 'spans', spec: { default: { backends: [{ type: 'OpenTelemetry', openTelemetry: REF }] } } });
    await mesh.put({ type: 'MeshMetric', name: 'metrics', spec: { default: { backends: [{ type: 'OpenTelemetry', openTelemetry: { ...REF, refreshInterval: '1s' } }] } } });
    const bodies = (): Set<unknown> => new Set(collector.logs.map(({ item }) => item.body));
    await whileCalling('logs of both ends', () => bodies().has('out') && bodies().has('in'));
    await whileCalling('spans', () => collector.spans.length > 0);
    await whileCalling('metrics', () => collector.metrics.some(({ item: { name } }) => name === 'envoy_cluster_upstream_rq_total'));
    const dump = await web.admin('/config_dump?resource=dynamic_active_clusters');
    expect(dump).toContain('kuma-otel-central.sock');
    expect(dump).not.toContain(`"port_value": ${collector.port}`);
  });

  it('logs reach a collector that speaks HTTP', async () => {
    const [port = 0] = await freePorts(1);
    const http = await HttpApp.listen({ name: 'collector', host: '127.0.0.1', port });
    await central({ endpoint: { address: '127.0.0.1', port, path: '/base' }, protocol: 'http' });
    await whileCalling('logs over HTTP', () => http.requests.some(({ url, headers }) => url === '/base/v1/logs' && headers['content-type'] === 'application/x-protobuf'));
    await whileCalling('metrics over HTTP', () => http.requests.some(({ url }) => url === '/base/v1/metrics'));
    await http.close();
  });
});
