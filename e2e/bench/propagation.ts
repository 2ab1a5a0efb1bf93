import { startIngress } from '../harness/zone-proxies.ts';
import { freePorts, type TestMesh } from '../harness/test-mesh.ts';
import { TestZones } from '../harness/zones.ts';
import { latencies, say } from './figures.ts';
import { WatchedSidecar } from './watched-sidecar.ts';

const SERVICE = 'backend';

/** The zones, and a simulated sidecar in each. */
interface Setting {
  readonly zones: TestZones;
  readonly east: WatchedSidecar;
  readonly west: WatchedSidecar;
}

/** How long it takes across two zones until sidecars have acknowledged an endpoint of the other zone, and a policy. Prints both. */
export async function measurePropagation(tries: number): Promise<void> {
  const zones = await TestZones.start({ zones: ['east', 'west'] });
  const sidecars: WatchedSidecar[] = [];
  try {
    await zones.global.allowAll();
    await startIngress(zones, { zone: 'east', name: 'in-1', address: '127.0.61.1' });
    await register(zones.zone('east').plane, 0);
    const east = await sidecarIn(zones, { zone: 'east', address: '127.0.61.2' });
    const west = await sidecarIn(zones, { zone: 'west', address: '127.0.62.2' });
    sidecars.push(east, west);
    const setting = { zones, east, west };
    await west.next('the service of east is known in west', ({ weights }) => weights.has(SERVICE));
    say(`endpoint registered in east, acknowledged by a sidecar in west: ${latencies(await endpoints(setting, tries), 150)}`);
    say(`policy written on the global, acknowledged by a sidecar in each zone: ${latencies(await policies(setting, tries), 200)}`);
  } finally {
    for (const sidecar of sidecars) sidecar.close();
    await zones.close();
  }
}

/** An instance of the service as its agent would register it. */
async function register(plane: TestMesh, at: number): Promise<void> {
  await plane.put({ type: 'Dataplane', name: `${SERVICE}-${at}`, networking: { address: `127.0.63.${at + 1}`, inbound: [{ port: 8080, tags: { 'kuma.io/service': SERVICE, 'kuma.io/protocol': 'http' } }] } });
}

async function sidecarIn(zones: TestZones, { zone, address }: { readonly zone: string; readonly address: string }): Promise<WatchedSidecar> {
  const { plane } = zones.zone(zone);
  const [inbound = 0, outbound = 0] = await freePorts(2);
  const secret = (await plane.api.getJson('/global-secrets/inter-cp-ca')) as { readonly data: string };
  const [caPem = ''] = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----\n?/.exec(Buffer.from(secret.data, 'base64').toString()) ?? [];
  const tags = { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' };
  return WatchedSidecar.start(plane, { name: 'web', caPem, networking: { address, inbound: [{ port: inbound, tags }], outbound: [{ port: outbound, tags: { 'kuma.io/service': SERVICE } }] } });
}

/** Milliseconds from just before the write until the acknowledgement; a remote service's endpoint weighs as much as it has instances. */
async function endpoints({ zones, west }: Setting, tries: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let at = 1; at <= tries; at++) {
    const acknowledged = west.next(`instance ${at} of ${SERVICE}`, ({ weights }) => weights.get(SERVICE) === at + 1);
    const begun = performance.now();
    await register(zones.zone('east').plane, at);
    took.push((await acknowledged).at - begun);
  }
  return took;
}

/** Until both sidecars have it: an idle timeout changes the cluster. */
async function policies({ zones, east, west }: Setting, tries: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let at = 1; at <= tries; at++) {
    const acknowledged = [east, west].map((sidecar) => sidecar.next(`policy ${at}`, ({ type }) => type === 'Cluster'));
    const begun = performance.now();
    await zones.global.put({ type: 'MeshTimeout', name: 'measured', spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { idleTimeout: `${at}s` } }] } });
    took.push(Math.max(...(await Promise.all(acknowledged)).map((one) => one.at)) - begun);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
  return took;
}

/** What else the policy changes is acknowledged before the next try. */
const SETTLE_MS = 200;
