import { mkdirSync } from 'node:fs';
import { NamespaceNetwork, type NetNamespace } from '@weft/net-namespace';
import { withoutNamespaces } from '@weft/net-namespace/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crash } from '../harness/crash.ts';
import { HttpApp, httpMany } from '../harness/http-app.ts';
import { serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, until, type TestProxy } from '../harness/test-mesh.ts';
import { startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 200 };
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };
const RETRY = { numRetries: 5, backOff: { baseInterval: '5ms' }, retryOn: ['ConnectFailure', 'Reset', 'RefusedStream', '503'], hostSelection: [{ predicate: 'OmitPreviousHosts' }], hostSelectionMaxAttempts: 5, perTryTimeout: '2s' };

/** `backend` is in east and west; `web` in west, on a machine of its own, calls it by tag. Then nothing of east answers any more, and nothing is refused: it is as if its machines had lost power. */
describe.skipIf(await withoutNamespaces())('a zone that goes dark', () => {
  let zones: TestZones;
  let network: NamespaceNetwork;
  let machine: NetNamespace;
  let web: TestProxy;
  let ingress: Endpoint & { readonly proxy: TestProxy };
  let east: TestProxy;
  let backend: Endpoint;
  let traffic: SteadyTraffic | undefined;
  const apps: HttpApp[] = [];

  const startBackend = async (zone: string): Promise<TestProxy> => {
    const [port = 0] = await freePorts(1);
    apps.push(await HttpApp.listen({ name: zone, host: '127.0.0.1', port }));
    return (await serve(zones.zone(zone).plane, { name: `backend-${zone}`, service: 'backend', address: network.host.ipv4 }, port)).proxy;
  };
  const answered = (by: readonly string[]): Promise<void> => expect.poll(async () => [...new Set((await httpMany(urlOf(backend), 40)).map(({ status, body }) => (status === 200 ? body : String(status))))].sort(), LATER).toEqual(by);

  beforeAll(async () => {
    network = await NamespaceNetwork.create();
    machine = await network.add('machine');
    zones = await TestZones.start({ zones: ['east', 'west'], env: { zone: { WEFT_DP_SERVER_INTERFACE: '::' } } });
    const { global } = zones;
    await global.put({ type: 'Mesh', name: 'default', mtls: MTLS });
    await global.allowAll();
    await global.put({ type: 'MeshRetry', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { http: RETRY } }] } });
    await global.put({ type: 'MeshCircuitBreaker', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { connectionLimits: { maxRetries: 1024 } } }] } });
    await startBackend('west');
    east = await startBackend('east');
    ingress = await startIngress(zones, { zone: 'east', name: 'in', address: network.host.ipv4 });
    const [own = 0, port = 0] = await freePorts(2);
    const address = machine.addresses.ipv4 ?? '';
    backend = { host: address, port };
    web = await zones.zone('west').plane.startProxy({
      name: 'web',
      networking: { address, inbound: [{ port: own, tags: { 'kuma.io/service': 'web' } }], outbound: [{ address, port, tags: { 'kuma.io/service': 'backend' } }] },
      host: { controlPlane: network.host.ipv4, command: (args) => machine.command(args), prepare: (workDir) => mkdirSync(workDir, { recursive: true }), flags: [], env: {} },
    });
  });
  afterAll(async () => {
    await traffic?.stop();
    await (zones as TestZones | undefined)?.close();
    await Promise.all(apps.map((app) => app.close()));
    await network.close();
  });

  it('is taken out, and requests that waited for it are answered at home; none of 200 a second is lost', async () => {
    await answered(['east', 'west']);
    const flow = traffic = new SteadyTraffic(urlOf(backend), { perSecond: 200 });
    await flow.goesOn(200);
    expect(await machine.run(['iptables', '-I', 'OUTPUT', '-p', 'tcp', '--dport', String(ingress.port), '-j', 'DROP'])).toMatchObject({ code: 0 });
    expect(await machine.run(['iptables', '-I', 'INPUT', '-p', 'tcp', '--sport', String(ingress.port), '-j', 'DROP'])).toMatchObject({ code: 0 });
    await Promise.all([zones.zone('east').plane.stopPlane(), crash(ingress.proxy), crash(east)]);
    const dying = performance.now();
    await expect.poll(() => web.admin('/clusters'), LATER).not.toContain(`${ingress.host}:${ingress.port}::`);
    process.stdout.write(`withdrawn after ${Math.round(performance.now() - dying)} ms\n`);
    const seen = flow.sent;
    await until('requests go on', async () => flow.sent > seen + 400);
    expect(await flow.stop()).toEqual([]);
    process.stdout.write(`none of ${flow.sent}\n`);
  });
});
