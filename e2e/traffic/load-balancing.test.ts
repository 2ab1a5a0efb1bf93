import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, httpMany, HttpApp } from '../harness/http-app.ts';
import { LineApp, sayLine } from '../harness/line-app.ts';
import { pageExample } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const PAGE = 'policies/meshloadbalancingstrategy.md';
const NAMES = ['one', 'two', 'three'] as const;

/** `backend` has three instances, of which one shares the node of its caller `web`. */
describe('MeshLoadBalancingStrategy, on real Envoys', () => {
  let mesh: TestMesh;
  const apps: HttpApp[] = [];
  let backend: string;
  let inboundPort: number;
  let web: TestProxy;
  /** What the first instance does with a request, instead of answering it. */
  let onFirst: ((res: ServerResponse) => void) | undefined;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    await mesh.delete('MeshRetry', 'mesh-retry-all-default');
    [inboundPort = 0] = await freePorts(1);
    for (const [index, name] of NAMES.entries()) {
      const [appPort = 0] = await freePorts(1);
      apps.push(await HttpApp.listen({ name, host: '127.0.0.1', port: appPort, respond: (_req, res) => (index === 0 && onFirst !== undefined ? onFirst(res) : void res.end(name)) }));
      await serve(mesh, { name, service: 'backend', address: `127.0.6.${index + 1}`, tags: { node: `n${index + 1}` }, port: inboundPort }, appPort);
    }
    const { outbounds: [outbound = { host: '', port: 0 }], proxy } = await call(mesh, { name: 'web', address: '127.0.6.9', tags: { node: 'n1' } }, ['backend']);
    web = proxy;
    backend = urlOf(outbound);
    await until('all instances answer', async () => (await ask(24)).size === 3);
  });

  afterEach(() => {
    onFirst = undefined;
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  /** How often each instance answered. */
  const ask = async (count: number, headers: Readonly<Record<string, string>> = {}, path = ''): Promise<Map<string, number>> => {
    const counts = new Map<string, number>();
    for (const { body } of await httpMany(`${backend}${path}`, count, headers)) counts.set(body, (counts.get(body) ?? 0) + 1);
    return counts;
  };
  const strategy = (conf: object) => mesh.put({ type: 'MeshLoadBalancingStrategy', name: 'strategy', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: conf }] } });
  const gone = async (name: string): Promise<void> => {
    await mesh.delete('MeshLoadBalancingStrategy', name);
    await until('all instances answer alike', async () => Math.min(...await countsOf(ask(60))) >= 15);
  };
  const countsOf = async (asked: Promise<Map<string, number>>): Promise<number[]> => {
    const counts = await asked;
    return NAMES.map((name) => counts.get(name) ?? 0);
  };
  const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);

  it('the page: a user stays at an instance, users spread, and a client without a name gets a cookie', async () => {
    await mesh.put(pageExample(PAGE, 'sticky-users'));
    await until('a user stays', async () => (await ask(24, { 'x-user': 'ann' })).size === 1);
    const places = await Promise.all(users.map(async (user) => [...(await ask(4, { 'x-user': user })).keys()]));
    expect(places.filter(({ length }) => length !== 1)).toEqual([]);
    expect(new Set(places.flat())).toEqual(new Set(NAMES));
    const cookies = (await httpMany(backend, 12)).map(({ headers, body }) => ({ cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '', body }));
    for (const { cookie, body } of cookies) {
      expect(cookie).toMatch(/^session=/);
      expect([...(await ask(3, { cookie })).keys()]).toEqual([body]);
    }
    await gone('sticky-users');
  });

  it('Maglev keeps a query parameter at an instance', async () => {
    await strategy({ hashPolicies: [{ type: 'QueryParameter', queryParameter: { name: 'cart' } }], loadBalancer: { type: 'Maglev', maglev: { tableSize: 101 } } });
    await until('a cart stays', async () => (await ask(24, {}, '/?cart=7')).size === 1);
    const places = await Promise.all(users.map(async (user) => [...(await ask(3, {}, `/?cart=${user}`)).keys()]));
    expect(places.filter(({ length }) => length !== 1)).toEqual([]);
    expect(new Set(places.flat())).toEqual(new Set(NAMES));
    await gone('strategy');
  });

  it('Random spreads within what chance allows; RoundRobin spreads evenly', async () => {
    await strategy({ loadBalancer: { type: 'Random' } });
    // Three in a row of each instance in turn do not happen by chance for long.
    await until('it is random', async () => new Set(await countsOf(ask(30))).size > 1);
    const count = 900;
    for (const found of await countsOf(ask(count))) expect(Math.abs(found - count / 3)).toBeLessThanOrEqual(3.89 * Math.sqrt(count * (1 / 3) * (2 / 3)));
    await strategy({ loadBalancer: { type: 'RoundRobin' } });
    await until('it takes turns', async () => {
      const bodies: string[] = [];
      for (let asked = 0; asked < 6; asked++) bodies.push((await httpGet(backend)).body);
      return new Set(bodies.slice(0, 3)).size === 3 && bodies.slice(0, 3).join() === bodies.slice(3).join();
    });
    await gone('strategy');
  });

  it('LeastRequest keeps away from an instance that is busy', async () => {
    await strategy({ loadBalancer: { type: 'LeastRequest', leastRequest: { choiceCount: 20 } } });
    await until('it counts requests', async () => (await web.admin('/config_dump?resource=dynamic_active_clusters')).includes('LEAST_REQUEST'));
    const held: ServerResponse[] = [];
    const holds = new Promise<void>((resolve) => {
      onFirst = (res) => {
        held.push(res);
        resolve();
      };
    });
    const sent: Promise<unknown>[] = [];
    while (held.length === 0) {
      const answer = httpGet(backend);
      sent.push(answer);
      await Promise.race([answer, holds]);
    }
    // Twenty looks at three instances, one after another: the busy one is not chosen.
    for (let asked = 0; asked < 30; asked++) expect(['two', 'three']).toContain((await httpGet(backend)).body);
    expect(held).toHaveLength(1);
    onFirst = undefined;
    for (const res of held) res.end('one');
    await Promise.all(sent);
    await gone('strategy');
  });

  it('slowStart: an instance that is new is asked less than its share; without it, as often as the others', async () => {
    // How much less is by the fifth power of how old the instances are: those that are there soon are older by far.
    await strategy({ loadBalancer: { type: 'RoundRobin', roundRobin: { slowStart: { window: '10m', aggression: '0.2', minWeightPercent: 0 } } } });
    await until('new instances start slowly', async () => (await web.admin('/config_dump?resource=dynamic_active_clusters')).includes('slow_start_config'));
    const [appPort = 0] = await freePorts(1);
    const late = await HttpApp.listen({ name: 'late', host: '127.0.0.1', port: appPort });
    await serve(mesh, { name: 'late', service: 'backend', address: '127.0.6.4', port: inboundPort }, appPort);
    await until('its caller knows it', async () => (await web.admin('/clusters')).includes('127.0.6.4:'));
    const count = 120;
    const first = await ask(count);
    expect(first.get('late') ?? 0).toBeLessThan(count / 4 / 2);
    for (const found of NAMES.map((name) => first.get(name) ?? 0)) expect(found).toBeGreaterThan(count / 4);
    await mesh.delete('MeshLoadBalancingStrategy', 'strategy');
    await until('all are asked alike', async () => {
      const then = await ask(count);
      return [...NAMES, 'late'].every((name) => (then.get(name) ?? 0) > count / 4 - 10);
    });
    await mesh.stopProxy('late');
    await late.close();
    await until('it is gone', async () => [...(await ask(30)).keys()].sort().join() === 'one,three,two');
  });

  it('the page: nine of ten requests stay on the node, and the others take over when its instance ends', async () => {
    await mesh.put(pageExample(PAGE, 'same-node'));
    await until('the near one is preferred', async () => ((await ask(60)).get('one') ?? 0) > 40);
    const count = 600;
    const near = (await ask(count)).get('one') ?? 0;
    expect(Math.abs(near - count * 0.9)).toBeLessThanOrEqual(3.89 * Math.sqrt(count * 0.9 * 0.1));
    await mesh.stopProxy('one');
    await until('the others serve all', async () => [...(await ask(30)).keys()].sort().join() === 'three,two');
    await mesh.delete('MeshLoadBalancingStrategy', 'same-node');
  });

  it('a TCP service is hashed by the address of its client', async () => {
    const [port = 0] = await freePorts(1);
    const lines: LineApp[] = [];
    for (const [index, name] of ['left', 'right'].entries()) {
      const [appPort = 0] = await freePorts(1);
      lines.push(await LineApp.listen({ name, port: appPort }));
      await serve(mesh, { name, service: 'lines', address: `127.0.6.${index + 21}`, protocol: 'tcp', port }, appPort);
    }
    const { outbounds: [outbound = { host: '', port: 0 }] } = await call(mesh, { name: 'caller', address: '127.0.6.29' }, ['lines']);
    await mesh.put({ type: 'MeshLoadBalancingStrategy', name: 'by-address', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'lines' }, default: { hashPolicies: [{ type: 'SourceIP', connection: { sourceIP: true } }], loadBalancer: { type: 'RingHash' } } }] } });
    const from = (localAddress: string): Promise<string> => sayLine(outbound, 'who', localAddress);
    await until('an address stays', async () => new Set(await Promise.all(Array.from({ length: 12 }, () => from('127.0.7.1')))).size === 1);
    const places = await Promise.all(Array.from({ length: 24 }, async (_, index) => new Set([await from(`127.0.7.${index + 1}`), await from(`127.0.7.${index + 1}`), await from(`127.0.7.${index + 1}`)])));
    expect(places.map(({ size }) => size)).toEqual(Array(24).fill(1));
    expect(new Set(places.flatMap((place) => [...place])).size).toBe(2);
    await Promise.all(lines.map((line) => line.close()));
  });
});
