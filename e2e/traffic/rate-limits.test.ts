import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp, type HttpAnswer } from '../harness/http-app.ts';
import { LineApp, sayLine } from '../harness/line-app.ts';
import { pageExample } from '../harness/page-examples.ts';
import { call, serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const PAGE = 'policies/meshratelimit.md';

describe('MeshRateLimit on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let lines: LineApp;
  let backendProxy: TestProxy;
  let inbound: string;
  let held: ServerResponse | undefined;
  let linesProxy: TestProxy;
  let toLines: Endpoint;
  const callers: Record<string, string> = {};

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    const [http = 0, tcp = 0] = await freePorts(2);
    app = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port: http, respond: (request, response) => {
      if (request.url === '/held') held = response;
      else response.end('backend');
    } });
    lines = await LineApp.listen({ name: 'lines', port: tcp });
    const served = await serve(mesh, { name: 'backend', address: '127.0.21.1', labels: { app: 'backend' } }, http);
    [backendProxy, inbound] = [served.proxy, urlOf(served)];
    ({ proxy: linesProxy } = await serve(mesh, { name: 'lines', address: '127.0.21.2', protocol: 'tcp', labels: { app: 'lines' } }, tcp));
    for (const [index, service] of ['web', 'batch', 'internal-jobs', 'probe'].entries()) {
      const { outbounds: [backend, other] } = await call(mesh, { name: service, address: `127.0.21.${index + 10}` }, ['backend', 'lines']);
      if (backend === undefined || other === undefined) throw new Error('no outbounds');
      callers[service] = urlOf(backend);
      toLines = other;
      await until(`${service} is answered`, async () => (await httpGet(urlOf(backend))).status === 200);
    }
    await until('lines are answered', async () => (await sayLine(toLines, 'hello')) !== '');
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all([app.close(), lines.close()]);
  });

  it('requests are cut off exactly at the limit of whoever sends them; the first limit cuts none that is under way', async () => {
    const underWay = httpGet(`${callers['web'] ?? ''}/held`);
    await until('it is under way', () => Promise.resolve(held !== undefined));
    const replaced = await chainsReplaced();
    const policy = pageExample(PAGE, 'backend');
    const { spec } = policy as unknown as { spec: { rules: object[] } };
    await mesh.put({ ...policy, spec: { ...spec, rules: [...spec.rules, probe({ requestRate: { num: 1, interval: '1h' } })] } });
    await until('the limits are there', async () => (await asked('probe', 1))[0]?.status === 423);

    const before = app.requests.length;
    const web = await asked('web', 8);
    const batch = await asked('batch', 6);
    const internal = await asked('internal-jobs', 20);
    expect(web.map(({ status }) => status)).toEqual([...Array<number>(5).fill(200), ...Array<number>(3).fill(423)]);
    expect(batch.map(({ status }) => status)).toEqual([...Array<number>(2).fill(200), ...Array<number>(4).fill(423)]);
    expect(internal.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect(app.requests.length - before).toBe(5 + 2 + 20);
    expect([web[4]?.headers['x-limited'], web[5]?.headers['x-limited'], batch[5]?.headers['x-limited']]).toEqual([undefined, 'true', 'true']);

    await mesh.delete('MeshRateLimit', 'backend');
    await until('there is no limit', async () => (await asked('web', 1))[0]?.status === 200);
    expect(new Set((await asked('web', 20)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(await chainsReplaced()).toEqual(replaced);
    held?.end('at last');
    expect(await underWay).toMatchObject({ status: 200, body: 'at last' });
  });

  it('each caller has a bucket of its own where the limit is per identity, below one for all', async () => {
    const policy = pageExample(PAGE, 'fair');
    const { spec } = policy as unknown as { spec: { rules: object[] } };
    await mesh.put({ ...policy, spec: { ...spec, rules: [...spec.rules, probe({ requestRate: { num: 1, interval: '1h' }, perIdentity: true })] } });
    await until('the limits are there', async () => (await asked('probe', 1))[0]?.status === 429);
    const before = app.requests.length;
    const statuses = async (caller: string) => (await asked(caller, 5)).map(({ status }) => status);
    expect(await statuses('web')).toEqual([200, 200, 200, 429, 429]);
    expect(await statuses('batch')).toEqual([200, 200, 200, 429, 429]);
    // Two of its three: together they may ask eight times.
    expect(await statuses('internal-jobs')).toEqual([200, 200, 429, 429, 429]);
    expect(app.requests.length - before).toBe(8);
  });

  it('a refusal names the policy: in the log always, for the caller where the mesh wants it', async () => {
    const name = 'local_rate_limited[kri_mrl_default_default__fair_]';
    const [unnamed] = await asked('web', 1);
    expect([unnamed?.status, unnamed?.headers['x-weft-refused-by']]).toEqual([429, undefined]);
    // Envoy writes its logs out from time to time.
    await until('it is logged', () => Promise.resolve(backendProxy.agent.output.split('\n').some((line) => line.includes('limited "GET /" from spiffe://default/web') && line.includes(name))), 20_000);
    await mesh.put({ type: 'Mesh', name: 'default', labels: { 'weft.io/name-refusals': 'true' }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } });
    await until('a refusal is named', async () => (await asked('web', 1))[0]?.headers['x-weft-refused-by'] === name);
    await mesh.delete('MeshRateLimit', 'fair');
    await until('there is no limit', async () => (await asked('web', 1))[0]?.status === 200);
    expect((await asked('web', 1))[0]?.headers['x-weft-refused-by']).toBeUndefined();
  });

  it('callers without a certificate share one bucket, and pass no limit by', async () => {
    await mesh.setMtls('PERMISSIVE');
    const policy = pageExample(PAGE, 'fair');
    const { spec } = policy as unknown as { spec: { rules: object[] } };
    await until('plaintext is taken', async () => (await httpGet(inbound)).status === 200);
    await mesh.put({ ...policy, spec: { ...spec, rules: [...spec.rules, probe({ requestRate: { num: 1, interval: '1h' } })] } });
    await until('the limits are there', async () => (await asked('probe', 1))[0]?.status === 429);
    const statuses: number[] = [];
    for (let index = 0; index < 5; index++) statuses.push((await httpGet(inbound)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect((await asked('web', 1))[0]?.status).toBe(200);
    await mesh.delete('MeshRateLimit', 'fair');
    await mesh.setMtls('STRICT');
    await until('plaintext is refused', async () => (await httpGet(inbound)).status === 0);
  });

  it('connections are cut off exactly at the limit', async () => {
    await mesh.put(pageExample(PAGE, 'connections'));
    await until('the limit is in the listener', async () => {
      const dump = await linesProxy.admin('/config_dump?resource=dynamic_listeners');
      return dump.includes('tcp_rate_limit') && !dump.includes('warming_state') && !dump.includes('draining_state');
    });
    const answers: string[] = [];
    for (let index = 0; index < 6; index++) answers.push(await sayLine(toLines, String(index)));
    expect(answers).toEqual(['lines: 0', 'lines: 1', 'lines: 2', '', '', '']);
  });

  /** A rule for a caller that nothing else is counted for: by its refusal one sees that the limits are there. */
  function probe(http: object): object {
    return { matches: [{ spiffeID: { type: 'Exact', value: 'spiffe://default/probe' } }], default: { local: { http } } };
  }

  /** How often the proxy of `backend` replaced a listener or its filter chains, which drains connections. */
  async function chainsReplaced(): Promise<string[]> {
    return (await backendProxy.admin('/stats?filter=^listener_manager.listener_(modified|in_place_updated)')).trim().split('\n');
  }

  /** Statuses in the order of the requests. */
  async function asked(caller: string, count: number): Promise<HttpAnswer[]> {
    const answers: HttpAnswer[] = [];
    for (let index = 0; index < count; index++) answers.push(await httpGet(callers[caller] ?? ''));
    return answers;
  }
});
