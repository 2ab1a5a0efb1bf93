import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JumpingClock } from './testing/jumping-clock.ts';
import { WholePlane, type NodeMetadata, type TestResource } from './testing/whole-plane.ts';

const PROXIES = 1000;
const SERVICES = 20;
/** So many connect at a time: the simulated Envoys run in the process of the control plane. */
const WAVE = 50;

/** What may follow from a dataplane: it itself, what is generated, addresses of its names. */
const FOLLOWING = ['Dataplane', 'MeshService', 'Workload', 'VirtualIp'];

const nameOf = (number: number): string => `proxy-${String(number).padStart(4, '0')}`;

/** A proxy that brings its Dataplane along. */
function metadataOf(number: number): NodeMetadata {
  const service = `service-${number % SERVICES}`;
  const resource = {
    type: 'Dataplane', mesh: 'default', name: nameOf(number), labels: { 'kuma.io/workload': service },
    networking: { address: `10.0.${Math.floor(number / 250)}.${1 + (number % 250)}`, inbound: [{ port: 8080, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http' } }] },
  };
  return { 'dataplane.resource': JSON.stringify(resource), 'dataplane.proxyType': 'dataplane', features: ['feature-delta-grpc'] };
}

describe('a thousand dataplanes that register and leave', () => {
  const clock = new JumpingClock();
  let plane: WholePlane;
  beforeAll(async () => {
    plane = await WholePlane.start({ 'store.type': 'embedded', 'xdsServer.dataplaneDeregistrationDelay': '1s' }, clock);
    await plane.put({ type: 'Mesh', name: 'default', mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] }, meshServices: { mode: 'Everywhere' } } as TestResource);
  });
  afterAll(() => plane.close());

  const total = async (path: string): Promise<unknown> => (await plane.get(`/meshes/default/${path}?size=1`))['total'];
  const eventually = (what: () => Promise<unknown>): ReturnType<typeof expect.poll> => expect.poll(what, { timeout: 60_000, interval: 100 });

  it('are all there, each with what it needs, and leave nothing behind', { timeout: 240_000 }, async () => {
    const token = await plane.token();
    for (let first = 0; first < PROXIES; first += WAVE) {
      const proxies = await Promise.all(Array.from({ length: WAVE }, (_, at) => plane.connect(nameOf(first + at), metadataOf(first + at), token)));
      await eventually(async () => proxies.filter(({ envoy }) => Object.keys(envoy.held('lds')).length > 0 && Object.keys(envoy.held('sds')).length === 2).length).toBe(WAVE);
    }
    await eventually(() => total('dataplanes')).toBe(PROXIES);
    await eventually(() => total('dataplane-insights')).toBe(PROXIES);
    await eventually(() => total('meshservices')).toBe(SERVICES);
    await eventually(() => total('workloads')).toBe(SERVICES);
    expect(plane.held('xds-server')).toMatchObject({ known_proxies: PROXIES, open_streams: PROXIES, configured_proxies: PROXIES, dataplanes: PROXIES });

    plane.disconnectAll();
    await eventually(async () => plane.held('xds-server')).toMatchObject({ open_streams: 0 });
    clock.jump(2_000);
    await eventually(() => total('dataplanes')).toBe(0);
    await eventually(() => total('dataplane-insights')).toBe(0);
    // Services and addresses outlive their last proxy for a while.
    clock.jump(2 * 3_600_000);
    for (const path of ['meshservices', 'workloads', 'service-insights']) await eventually(() => total(path)).toBe(0);
    await eventually(async () => plane.held('xds-server')).toEqual({ known_proxies: 0, open_streams: 0, configured_proxies: 0, groups: 0, due_proxies: 0, dataplanes: 0, endpoint_sets: 0 });
    await eventually(async () => plane.held('global-store')).toEqual({ observed_proxies: 0 });
    await eventually(async () => plane.held('dns-resolver')).toEqual({ host_names: 0, dns_names: 0, dns_answers_kept: 0, dns_open_questions: 0 });
    expect(await (await fetch(`http://${plane.address('diagnostics')}/metrics`)).text()).toContain('weft_xds_server_open_streams 0\n');
    expect(await plane.stopAndList(FOLLOWING)).toEqual(Object.fromEntries(FOLLOWING.map((type) => [type, []])));
  });
});
