import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp, httpGet } from '../harness/http-app.ts';
import { LineApp, sayLine } from '../harness/line-app.ts';
import { call, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const EGRESS = '127.0.64.1';
const OUTSIDE = '127.0.64.2';
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };
const CALLERS = ['web', 'batch', 'probe'] as const;
type Caller = (typeof CALLERS)[number];
const TO_PAY = { kind: 'MeshService', name: 'pay' };
const OK = 200;

/** `web` and `batch` call two ExternalServices, `pay` (http) and `lines` (tcp), by way of the zone's egress. */
describe('policies for ExternalServices at an egress', () => {
  let mesh: TestMesh;
  let egress: TestProxy;
  let outside: HttpApp;
  let lines: LineApp;
  let web: TestProxy;
  let port: number;
  const ways = new Map<Caller, readonly Endpoint[]>();

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    await mesh.put({ type: 'Mesh', name: 'default', mtls: MTLS, routing: { zoneEgress: true } });
    const [way = 0, http = 0, tcp = 0] = await freePorts(3);
    port = way;
    outside = await HttpApp.listen({ name: 'outside', host: OUTSIDE, port: http });
    lines = await LineApp.listen({ name: 'lines', host: OUTSIDE, port: tcp });
    await mesh.put({ type: 'ExternalService', name: 'pay', networking: { address: `${OUTSIDE}:${http}` }, tags: { 'kuma.io/service': 'pay', 'kuma.io/protocol': 'http' } });
    await mesh.put({ type: 'ExternalService', name: 'lines', networking: { address: `${OUTSIDE}:${tcp}` }, tags: { 'kuma.io/service': 'lines', 'kuma.io/protocol': 'tcp' } });
    // Before its listener is there: so no connection is let in by an older one.
    await mesh.put({ type: 'MeshRateLimit', name: 'lines', spec: { targetRef: { kind: 'MeshService', name: 'lines' }, rules: [{ default: { local: { tcp: { connectionRate: { num: 3, interval: '1h' } } } } }] } });
    egress = await mesh.startProxy({ name: 'way-out', zoneProxy: 'egress', networking: { address: EGRESS, port }, token: await mesh.api.issueToken('zone', { zone: 'default', scope: ['egress'], validFor: '1h' }) });
    for (const [index, name] of CALLERS.entries()) {
      const { outbounds, proxy } = await call(mesh, { name, address: `127.0.64.${index + 10}` }, ['pay', 'lines']);
      ways.set(name, outbounds);
      if (name === 'web') web = proxy;
    }
    for (const name of CALLERS) await until(`${name} is answered`, async () => (await status(name)) === OK);
  });
  afterAll(async () => {
    await mesh.close();
    await Promise.all([outside.close(), lines.close()]);
  });

  const wayOf = (caller: Caller, index: number): Endpoint => ways.get(caller)?.[index] ?? { host: EGRESS, port: 0 };
  const status = async (caller: Caller): Promise<number> => (await httpGet(urlOf(wayOf(caller, 0)))).status;
  const statuses = async (caller: Caller, count: number): Promise<number[]> => {
    const seen: number[] = [];
    for (let index = 0; index < count; index++) seen.push(await status(caller));
    return seen;
  };
  const times = (count: number, value: number): number[] => Array<number>(count).fill(value);
  const caller = (name: Caller): object => ({ spiffeID: { type: 'Exact', value: `spiffe://default/${name}` } });
  const http = (num: number, code?: number): object => ({ local: { http: { requestRate: { num, interval: '1h' }, ...(code !== undefined && { onRateLimit: { status: code } }) } } });
  const between = (source: string, destination: string): object => ({ sources: [{ match: { 'kuma.io/service': source } }], destinations: [{ match: { 'kuma.io/service': destination } }] });

  it('MeshRateLimit: callers are cut off exactly at their limit, and who they are is not told outside', async () => {
    await mesh.put({ type: 'MeshRateLimit', name: 'pay', spec: { targetRef: TO_PAY, rules: [{ default: http(5, 423) }, { matches: [caller('batch')], default: http(2) }, { matches: [caller('probe')], default: http(1) }] } });
    await until('the limits are there', async () => (await status('probe')) === 423);
    const before = outside.requests.length;
    expect(await statuses('web', 8)).toEqual([...times(5, OK), ...times(3, 423)]);
    expect(await statuses('batch', 5)).toEqual([...times(2, OK), ...times(3, 423)]);
    expect(outside.requests.length - before).toBe(7);
    expect(outside.requests.at(-1)?.headers).not.toHaveProperty('x-forwarded-client-cert');
    await until('the egress has logged who was refused', () => Promise.resolve(egress.agent.output.includes('from spiffe://default/batch') && egress.agent.output.includes('local_rate_limited[kri_mrl_default_default__pay_]')), 20_000);
    await mesh.delete('MeshRateLimit', 'pay');
    await until('there is no limit', async () => (await statuses('probe', 2)).every((code) => code === OK));
  });

  it('MeshRateLimit: connections are cut off exactly at the limit', async () => {
    await until('its proxy knows the way', async () => (await web.admin('/clusters')).includes(`lines::${EGRESS}:${port}::health_flags::healthy`));
    const answers: string[] = [];
    for (let index = 0; index < 5; index++) answers.push(await sayLine(wayOf('web', 1), String(index)));
    expect(answers).toEqual(['lines: 0', 'lines: 1', 'lines: 2', '', '']);
    expect(await status('web')).toBe(OK);
  });

  it('MeshFaultInjection: of callers by tag, and by identity', async () => {
    const abort = (httpStatus: number): object => ({ http: [{ abort: { httpStatus, percentage: '100' } }] });
    const put = (spec: object): Promise<void> => mesh.put({ type: 'MeshFaultInjection', name: 'pay', spec: { targetRef: TO_PAY, ...spec } });
    await put({ from: [{ targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'web' } }, default: abort(418) }] });
    await until('web has faults', async () => (await status('web')) === 418);
    const before = outside.requests.length;
    expect(await statuses('web', 4)).toEqual(times(4, 418));
    expect(await statuses('batch', 4)).toEqual(times(4, OK));
    expect(outside.requests.length - before).toBe(4);
    expect(outside.requests.at(-1)?.headers).not.toHaveProperty('x-kuma-tags');
    await put({ rules: [{ matches: [caller('batch')], default: abort(419) }] });
    await until('batch has faults', async () => (await status('batch')) === 419);
    expect(await statuses('web', 4)).toEqual(times(4, OK));
    await mesh.delete('MeshFaultInjection', 'pay');
    await until('nobody has faults', async () => (await status('batch')) === OK);
  });

  it('RateLimit and FaultInjection of the first generation', async () => {
    for (const [name, requests] of [['web', 3], ['probe', 1]] as const) await mesh.put({ type: 'RateLimit', name, ...between(name, 'pay'), conf: { http: { requests, interval: '1h' } } });
    await until('the limits are there', async () => (await status('probe')) === 429);
    const before = outside.requests.length;
    expect(await statuses('web', 5)).toEqual([...times(3, OK), ...times(2, 429)]);
    expect(await statuses('batch', 5)).toEqual(times(5, OK));
    expect(outside.requests.length - before).toBe(8);
    await mesh.put({ type: 'FaultInjection', name: 'pay', sources: [{ match: { 'kuma.io/service': 'batch' } }], destinations: [{ match: { 'kuma.io/service': 'pay', 'kuma.io/protocol': 'http' } }], conf: { abort: { percentage: 100, httpStatus: 418 } } });
    await until('batch has faults', async () => (await status('batch')) === 418);
    expect(await statuses('batch', 3)).toEqual(times(3, 418));
  });
});
