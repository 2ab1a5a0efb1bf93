import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { LineApp, sayLine } from '../harness/line-app.ts';
import { LineReceiver } from '../harness/line-receiver.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { pageExamples } from '../harness/page-examples.ts';
import { call, serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

/** `web` and `other` call `backend` (http) and `lines` (tcp). */
describe('MeshAccessLog on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let lineApp: LineApp;
  let collector: OtlpReceiver & { readonly port: number };
  let receiver: LineReceiver;
  let backendProxy: TestProxy;
  let inboundPort: number;
  const folder = mkdtempSync(join(tmpdir(), 'weft-logs-'));
  let backend: string;
  let lines: Endpoint;
  let other: string;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    const [appPort = 0, linePort = 0] = await freePorts(2);
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    lineApp = await LineApp.listen({ name: 'line', port: linePort });
    collector = await OtlpReceiver.listen();
    receiver = await LineReceiver.listen();
    ({ proxy: backendProxy, port: inboundPort } = await serve(mesh, { name: 'backend', address: '127.0.31.1' }, appPort));
    await serve(mesh, { name: 'lines', address: '127.0.31.2', protocol: 'tcp' }, linePort);
    const asWeb = await call(mesh, { name: 'web', address: '127.0.31.3' }, ['backend', 'lines']);
    const [toBackend, toLines = { host: '', port: 0 }] = asWeb.outbounds;
    const { outbounds: [fromOther] } = await call(mesh, { name: 'other', address: '127.0.31.4' }, ['backend']);
    backend = urlOf(toBackend ?? toLines);
    lines = toLines;
    other = urlOf(fromOther ?? toLines);
    await until('both call', async () => (await httpGet(backend)).status === 200 && (await httpGet(other)).status === 200);
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all([app.close(), lineApp.close(), receiver.close()]);
    collector.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const policy = (spec: object) => mesh.put({ type: 'MeshAccessLog', name: 'logs', spec: { targetRef: { kind: 'Mesh' }, ...spec } });
  const to = (kind: string, name: string | undefined, backends: readonly object[]) => ({ targetRef: { kind, ...(name !== undefined && { name }) }, default: { backends } });
  const written = (file: string): string[] => {
    try {
      return readFileSync(join(folder, file), 'utf8').split('\n').filter((line) => line !== '');
    } catch {
      return [];
    }
  };
  const file = (name: string, format?: object) => ({ type: 'File', file: { path: join(folder, name), ...(format !== undefined && { format }) } });
  const plain = (text: string) => ({ type: 'Plain', plain: text });
  /** Asks until the log says it. */
  const logged = (what: string, found: () => boolean, ask: () => Promise<unknown> = () => httpGet(`${backend}/asked`)): Promise<void> => until(what, async () => {
    await ask();
    return found();
  });

  it('writes files: plain, JSON and the default formats, with the caller as each proxy knows itself', async () => {
    const facts = '%KUMA_SOURCE_SERVICE%>%KUMA_DESTINATION_SERVICE% %KUMA_SOURCE_ADDRESS% %KUMA_MESH% %KUMA_TRAFFIC_DIRECTION% %REQ(:PATH)%';
    await policy({
      to: [
        to('MeshService', 'backend', [file('plain', plain(facts)), file('json', { type: 'Json', json: [{ key: 'code', value: '%RESPONSE_CODE%' }, { key: 'from', value: '%KUMA_SOURCE_SERVICE%' }] }), file('default')]),
        to('MeshService', 'lines', [file('tcp')]),
      ],
      from: [to('Mesh', undefined, [file('inbound', plain('%KUMA_SOURCE_SERVICE%>%KUMA_DESTINATION_SERVICE% %KUMA_TRAFFIC_DIRECTION%'))])],
    });
    await logged('both callers log', () => new Set(written('plain')).size === 2, () => Promise.all([httpGet(`${backend}/asked`), httpGet(`${other}/asked`)]));
    expect(new Set(written('plain'))).toEqual(new Set(['web>backend 127.0.31.3:0 default OUTBOUND /asked', 'other>backend 127.0.31.4:0 default OUTBOUND /asked']));
    await logged('the rest is there', () => written('json').length > 0 && written('default').length > 0 && written('inbound').length > 0);
    expect(JSON.parse(written('json')[0] ?? '')).toEqual({ code: 200, from: expect.stringMatching(/^(web|other)$/) as string });
    expect(written('default').find((line) => line.includes('"web"'))).toMatch(/^\[.*\] default "GET \/asked HTTP\/1\.1" 200 - 0 5 \d+ \d+ .* "web" "backend" "127\.0\.31\.3" "127\.0\.31\.1:\d+"$/);
    expect(written('inbound')).toContain('unknown>backend INBOUND');
    await logged('a connection is logged', () => written('tcp').length > 0, () => sayLine(lines, 'x'));
    expect(written('tcp')[0]).toMatch(/^\[.*\] - default 127\.0\.31\.3\(web\)->127\.0\.31\.2:\d+\(lines\) took \d+ms, sent \d+ bytes, received: \d+ bytes$/);
  });

  it('sends lines to a TCP server by way of the agent, and records to a collector: the example of its page', async () => {
    const examples = pageExamples('policies/meshaccesslog.md', { '127.0.0.1:5151': `127.0.0.1:${receiver.port}`, '127.0.0.1:4317': `127.0.0.1:${collector.port}` });
    await mesh.delete('MeshAccessLog', 'logs');
    for (const example of examples) await mesh.put(example);
    await logged('lines arrive', () => receiver.lines.length > 0);
    expect(JSON.parse(receiver.lines[0] ?? '')).toEqual({ from: 'web', to: 'backend', status: 200 });
    await logged('records arrive', () => collector.logs.some(({ item }) => item.body === 'web /asked'));
    const record = collector.logs.find(({ item }) => item.body === 'web /asked');
    expect(record?.item.attributes).toEqual({ mesh: 'default' });
    expect(record?.resource).toMatchObject({ 'kuma.mesh': 'default', 'kuma.zone': 'default', log_name: 'MeshAccessLog' });
    await logged('the proxy\'s own output has it', () => /default .*GET \/asked.* 200 .*unknown.*backend/.test(backendProxy.agent.output));
    for (const { type, name } of examples) await mesh.delete(type, name);
  });

  it('goes to the collector that a MeshOpenTelemetryBackend names, and moves with it', async () => {
    const moved = await OtlpReceiver.listen();
    const [named, ...policies] = pageExamples('policies/meshopentelemetrybackend.md');
    const place = (port: number) => mesh.put({ type: 'MeshOpenTelemetryBackend', name: 'central', ...named, spec: { endpoint: { address: '127.0.0.1', port } } });
    await place(collector.port);
    for (const one of policies) await mesh.put(one);
    await logged('the first gets records', () => collector.logs.some(({ item }) => item.body === 'central'));
    await place(moved.port);
    await logged('the second gets records', () => moved.logs.some(({ item }) => item.body === 'central'));
    for (const { type, name } of [...policies, { type: 'MeshOpenTelemetryBackend', name: 'central' }]) await mesh.delete(type, name);
    moved.close();
  });

  it('a route has a log of its own; a rule is about one caller; no backends mean no log', async () => {
    await mesh.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } });
    const [own = 0, port = 0] = await freePorts(2);
    const address = '127.0.31.5';
    const routed = urlOf({ host: address, port });
    const proxy = await mesh.startProxy({ name: 'routed', networking: { address, inbound: [{ port: own, tags: { 'kuma.io/service': 'routed' } }], outbound: [{ address, port, backendRef: { kind: 'MeshService', name: 'backend', port: inboundPort } }] } });
    await mesh.put({ type: 'MeshHTTPRoute', name: 'special', spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/special' } }], default: {} }] }] } });
    await policy({ to: [to('MeshService', 'backend', [file('service', plain('%REQ(:PATH)%'))]), to('MeshHTTPRoute', 'special', [file('route', plain('%REQ(:PATH)%'))])] });
    await mesh.put({ type: 'MeshAccessLog', name: 'callers', spec: { rules: [{ matches: [{ spiffeID: { type: 'Exact', value: 'spiffe://default/other' } }], default: { backends: [file('matched', plain('%DOWNSTREAM_PEER_URI_SAN%'))] } }] } });
    await logged('each has its own', () => written('route').length > 0 && written('service').length > 0 && written('matched').length > 0, () => Promise.all([httpGet(`${routed}/special/a`), httpGet(`${routed}/plain`), httpGet(`${other}/plain`)]));
    expect(new Set(written('route'))).toEqual(new Set(['/special/a']));
    const { length } = written('service');
    await logged('the service goes on', () => written('service').length > length + 2, () => httpGet(`${routed}/plain`));
    expect(written('service').slice(-2)).toEqual(['/plain', '/plain']);
    expect(written('matched').every((line) => line.startsWith('spiffe://default/other'))).toBe(true);

    await policy({ to: [to('MeshService', 'backend', [])] });
    await mesh.delete('MeshAccessLog', 'callers');
    await until('no logger is left', async () => !(await proxy.admin('/config_dump')).includes(folder));
  });
});
