import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp, httpGet } from '../harness/http-app.ts';
import { MeshCaller } from '../harness/mesh-caller.ts';
import { urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const BACKEND = '127.0.65.1';
const GATE = '127.0.65.2';
const WEB = '127.0.65.3';
const OUTSIDE = '127.0.65.4';
const IDENTITY = { selector: { dataplane: { matchLabels: {} } }, provider: { type: 'Bundled', bundled: { autogenerate: { enabled: true }, insecureAllowSelfSigned: true } } };

/** `gate` is a Dataplane by which others enter the mesh (listener `in`), and by which `web` leaves it (listener `out`). */
describe('policies about listeners of a Dataplane between zones', () => {
  let mesh: TestMesh;
  let gate: TestProxy;
  let caller: MeshCaller;
  let backend: HttpApp;
  let outside: HttpApp;
  /** Answers nobody was given, while `backend` is silent. */
  let held: ServerResponse[] | undefined;
  let ports: Readonly<Record<'in' | 'out' | 'backend' | 'limited' | 'toOutside', number>>;

  const workload = (name: string) => ({ name, labels: { 'kuma.io/workload': name } });
  const target = (sectionName: string): object => ({ kind: 'Dataplane', labels: { 'kuma.io/workload': 'gate' }, sectionName });
  const ask = async (port: number): Promise<string> => (await caller.ask({ host: GATE, port: ports.in }, `sni.msvc.default.default.backend.${port}`)).text;
  const leave = async (): Promise<number> => (await httpGet(urlOf({ host: WEB, port: ports.toOutside }))).status;
  const statuses = async (count: number): Promise<number[]> => {
    const seen: number[] = [];
    for (let index = 0; index < count; index++) seen.push(await leave());
    return seen;
  };
  const logged = (text: string) => (): Promise<boolean> => Promise.resolve(gate.agent.output.includes(text));

  beforeAll(async () => {
    mesh = await TestMesh.start({ mtls: 'off' });
    const [into = 0, out = 0, inbound = 0, limited = 0, app = 0, server = 0, own = 0, toOutside = 0] = await freePorts(8);
    ports = { in: into, out, backend: inbound, limited, toOutside };
    backend = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port: app, respond: (_request, response) => {
      if (held === undefined) response.end('backend');
      else held.push(response);
    } });
    outside = await HttpApp.listen({ name: 'outside', host: OUTSIDE, port: server });
    await mesh.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Exclusive' } });
    await mesh.allowAll();
    await mesh.api.put('/meshes/default/meshidentities/main', { type: 'MeshIdentity', mesh: 'default', name: 'main', spec: IDENTITY });
    const west = await MeshCaller.ofDomain('west.test');
    caller = west.caller;
    await mesh.api.put('/meshes/default/meshtrusts/west', { type: 'MeshTrust', mesh: 'default', name: 'west', spec: { trustDomain: 'west.test', caBundles: [{ type: 'Pem', pem: { value: west.caPem } }] } });
    await mesh.put({ type: 'MeshExternalService', name: 'outside', spec: { match: { type: 'HostnameGenerator', port: 80, protocol: 'http' }, endpoints: [{ address: OUTSIDE, port: server }] } });
    // Before the listener is there: so no connection is let in by an older one.
    await mesh.put({ type: 'MeshRateLimit', name: 'connections', spec: { targetRef: target('in'), rules: [{ matches: [{ sni: { type: 'Exact', value: `sni.msvc.default.default.backend.${limited}` } }], default: { local: { tcp: { connectionRate: { num: 3, interval: '1h' } } } } }] } });
    const tags = { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' };
    await mesh.startProxy({ ...workload('backend'), networking: { address: BACKEND, inbound: [inbound, limited].map((port) => ({ port, servicePort: app, serviceAddress: '127.0.0.1', tags })) } });
    gate = await mesh.startProxy({ ...workload('gate'), networking: { address: GATE, listeners: [{ type: 'ZoneIngress', name: 'in', port: into }, { type: 'ZoneEgress', name: 'out', port: out }] } });
    await mesh.startProxy({ ...workload('web'), networking: {
      address: WEB, inbound: [{ port: own, servicePort: app, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'web' } }],
      outbound: [{ address: WEB, port: toOutside, backendRef: { kind: 'MeshExternalService', name: 'outside', port: 80 } }],
    } });
    await until('a call arrives', async () => (await ask(inbound)).endsWith('backend'));
    await until('a call leaves', async () => (await leave()) === 200);
  });
  afterAll(async () => {
    await mesh.close();
    await Promise.all([backend, outside].map((app) => app.close()));
  });

  it('MeshRateLimit: connections for one name are let in exactly as often as it says', async () => {
    await until('the gate knows the way', async () => (await gate.admin('/clusters')).includes(`backend_${ports.limited}::${BACKEND}:${ports.limited}::health_flags::healthy`));
    const answers: boolean[] = [];
    for (let index = 0; index < 5; index++) answers.push((await ask(ports.limited)).endsWith('backend'));
    expect(answers).toEqual([true, true, true, false, false]);
    expect((await ask(ports.backend)).endsWith('backend')).toBe(true);
  });

  it('MeshAccessLog: a connection is logged when it begins; MeshTimeout: it is closed when nothing is said', async () => {
    const line = `entered UNSPECIFIED default gate unknown for sni.msvc.default.default.backend.${ports.backend}`;
    await mesh.put({ type: 'MeshAccessLog', name: 'entrance', spec: { targetRef: target('in'), rules: [{ default: { backends: [{ type: 'File', file: { path: '/dev/stdout', format: { type: 'Plain', plain: 'entered %KUMA_TRAFFIC_DIRECTION% %KUMA_MESH% %KUMA_WORKLOAD% %KUMA_SOURCE_SERVICE% for %REQUESTED_SERVER_NAME%' } } }] } }] } });
    await until('connections are logged', async () => (await ask(ports.backend)).endsWith('backend') && await logged(line)());
    const lines = (): number => gate.agent.output.split(line).length;
    held = [];
    const before = lines();
    const open = ask(ports.backend);
    await until('one is logged that has no answer yet', () => Promise.resolve(lines() > before));
    await until('it has arrived', () => Promise.resolve(held?.length === 1));
    held[0]?.end('at last');
    expect((await open).endsWith('at last')).toBe(true);
    await mesh.put({ type: 'MeshTimeout', name: 'idle', spec: { targetRef: target('in'), rules: [{ default: { idleTimeout: '1s' } }] } });
    await until('a connection without an answer is closed', async () => (await ask(ports.backend)) === '' && /idle_timeout: [1-9]/.test(await gate.admin('/stats?filter=^tcp.*idle_timeout')));
    held = undefined;
  });

  it('MeshRateLimit, MeshFaultInjection and MeshAccessLog where requests leave', async () => {
    await mesh.put({ type: 'MeshAccessLog', name: 'exit', spec: { targetRef: target('out'), rules: [{ default: { backends: [{ type: 'File', file: { path: '/dev/stdout', format: { type: 'Plain', plain: 'left %REQ(:METHOD)% %KUMA_TRAFFIC_DIRECTION% from %DOWNSTREAM_PEER_URI_SAN%' } } }] } }] } });
    await until('requests are logged', async () => (await leave()) === 200 && await logged('left GET UNSPECIFIED from spiffe://default.default.mesh.local/workload/web')());
    // As long as it has a fault, nothing is taken from the limit: it stands behind.
    const put = (type: string, conf: object): Promise<void> => mesh.put({ type, name: 'exit', spec: { targetRef: target('out'), rules: [{ default: conf }] } });
    await put('MeshFaultInjection', { http: [{ abort: { httpStatus: 418, percentage: '100' } }] });
    await until('there are faults', async () => (await leave()) === 418);
    await put('MeshRateLimit', { local: { http: { requestRate: { num: 4, interval: '1h' } } } });
    await until('the limit is there', async () => (await gate.admin('/config_dump?resource=dynamic_route_configs')).includes('token_bucket'));
    const before = outside.requests.length;
    expect(await statuses(2)).toEqual([418, 418]);
    await mesh.delete('MeshFaultInjection', 'exit');
    const seen: number[] = [];
    await until('the limit is reached', async () => seen.push(await leave()) > 0 && seen.at(-1) === 429);
    expect(seen.filter((status) => status === 200)).toHaveLength(4);
    expect(outside.requests.length - before).toBe(4);
  });
});
