import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, status, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryBus } from '@weft/bus-memory';
import { DiscoveryRequestSchema, DiscoveryResponseSchema, type DiscoveryRequest, type DiscoveryResponse } from '@weft/envoy-proto/envoy/service/discovery/v3/discovery_pb.js';
import { startRelay, type Relay } from '@weft/feed';
import { selfSignedCertificate } from '@weft/grpc-transport/testing';
import { FakeClock } from '@weft/kernel/testing';
import { MADS_FETCH_PATH, MADS_SERVICE, MONITORING_ASSIGNMENT_TYPE } from '@weft/mads-proto';
import { MonitoringAssignmentSchema } from '@weft/mads-proto/kuma/observability/v1/mads_pb.js';
import type { Resource } from '@weft/resource-model';
import type { RunningApp } from '@weft/service-runtime';
import { silentLogger } from '@weft/service-runtime/testing';
import { createMemoryStore } from '@weft/store-memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMonitoringAssignment, type MonitoringAssignmentConfig } from './index.ts';

const CONFIG: MonitoringAssignmentConfig['monitoringAssignmentServer'] = { enabled: true, interface: '127.0.0.1', port: 0, apiVersions: ['v1'], tlsEnabled: false, tlsCertFile: '', tlsKeyFile: '', defaultFetchTimeout: 30_000 };

let clock: FakeClock;
let store: ReturnType<typeof createMemoryStore>;
let bus: ReturnType<typeof createMemoryBus>;
let relay: Relay | undefined;
let app: RunningApp;
const grpc: Client[] = [];

const resource = (type: string, name: string, spec: unknown, mesh = 'default'): Omit<Resource, 'version'> => ({ type, name, mesh, labels: {}, creationTime: '2026-01-01T00:00:00Z', modificationTime: '', spec });
const put = (...resources: Omit<Resource, 'version'>[]) => store.commit({ writes: resources.map((made) => ({ op: 'put', expect: 'any', resource: made })) });
const dataplane = (name: string, address = '10.0.0.1') => resource('Dataplane', name, { networking: { address, inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } });
const policy = (...backends: object[]) => resource('MeshMetric', 'metrics', { targetRef: { kind: 'Mesh' }, default: { backends: backends.map((prometheus) => ({ type: 'Prometheus', prometheus })) } });

beforeEach(async () => {
  clock = new FakeClock();
  store = createMemoryStore({ clock });
  bus = createMemoryBus({ clock });
  await put(resource('Mesh', 'default', {}, ''), dataplane('web-1'), policy({}));
});

afterEach(async () => {
  for (const client of grpc.splice(0)) client.close();
  await app.close();
  await relay?.close();
  relay = undefined;
});

async function start(config: Partial<typeof CONFIG> = {}): Promise<void> {
  app = await startMonitoringAssignment({ config: { general: { tlsCertFile: '', tlsKeyFile: '' }, monitoringAssignmentServer: { ...CONFIG, ...config } }, bus, clock, log: silentLogger, instance: 'one' });
}

async function startReady(config: Partial<typeof CONFIG> = {}): Promise<void> {
  await start(config);
  startFeed();
  await until(() => app.isReady());
}

function startFeed(): void {
  relay = startRelay({ store, bus, clock, visibility: () => 'full', holder: 'one', log: silentLogger });
}

/** Lets what is due soon happen; the long timeouts of fetches are not reached by it. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (condition()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    clock.advance(5);
  }
  throw new Error(`not reached: ${condition.toString()}`);
}

interface Fetched {
  readonly status: number;
  readonly body: { readonly version_info: string; readonly nonce: string; readonly type_url: string; readonly resources: readonly { readonly targets: readonly { readonly name: string; readonly address: string }[] }[] };
}

/** As Prometheus asks (discovery/xds). */
async function fetchAs(client: string, { version = '', timeout = '2m' } = {}): Promise<Fetched> {
  const body = { version_info: version, response_nonce: version, type_url: MONITORING_ASSIGNMENT_TYPE, resource_names: [], node: { id: client } };
  return post(JSON.stringify(body), `?fetch-timeout=${timeout}`);
}

async function post(body: string, query = ''): Promise<Fetched> {
  const answer = await fetch(`http://${app.addresses['mads'] ?? ''}${MADS_FETCH_PATH}${query}`, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Fetched['body'] };
}

const names = ({ body }: Fetched) => body.resources.flatMap(({ targets }) => targets.map(({ name }) => name));
const waiting = () => app.held?.()['waiting_clients'];

describe('a client that polls as Prometheus does', () => {
  it('gets everything at first, in the JSON form of a discovery response', async () => {
    await startReady();
    const { status: code, body } = await fetchAs('prometheus');
    expect([code, body]).toEqual([200, {
      version_info: expect.stringMatching(/^[0-9a-f]{32}$/), nonce: body.version_info, type_url: MONITORING_ASSIGNMENT_TYPE,
      resources: [{
        '@type': MONITORING_ASSIGNMENT_TYPE, mesh: 'default', service: 'web',
        targets: [{ name: 'web-1', scheme: 'http', address: '10.0.0.1:5670', metrics_path: '/metrics', labels: { kuma_io_service: 'web', kuma_io_services: ',web,' } }],
      }],
    }]);
  });

  it('then waits: 304 when its time is over, at once where it has none', async () => {
    await startReady();
    const { body: { version_info: version } } = await fetchAs('prometheus');
    expect((await fetchAs('prometheus', { version, timeout: '0s' })).status).toBe(304);
    const polled = fetchAs('prometheus', { version });
    await until(() => waiting() === 1);
    clock.advance(120_000);
    expect((await polled).status).toBe(304);
    const byDefault = post(JSON.stringify({ version_info: version, node: { id: 'prometheus' } }));
    await until(() => waiting() === 1);
    clock.advance(30_000);
    expect([(await byDefault).status, waiting()]).toEqual([304, 0]);
  });

  it('a change wakes it, unless the change is of no concern to it', async () => {
    await put(policy({}, { clientId: 'other', port: 5671 }));
    await startReady();
    const { body: { version_info: version } } = await fetchAs('prometheus');
    const polled = fetchAs('prometheus', { version });
    const other = fetchAs('other', { version: (await fetchAs('other')).body.version_info });
    await until(() => waiting() === 2);
    await put(policy({}, { clientId: 'other', port: 5672 }));
    await until(() => waiting() === 1);
    expect((await other).body.resources[0]?.targets[0]?.address).toBe('10.0.0.1:5672');
    await put(dataplane('web-2', '10.0.0.2'));
    await until(() => waiting() === 0);
    expect(names(await polled)).toEqual(['web-1', 'web-2']);
  });

  it('that leaves is not waited for', async () => {
    await startReady();
    const { body: { version_info: version } } = await fetchAs('prometheus');
    const leaving = new AbortController();
    const left = fetch(`http://${app.addresses['mads'] ?? ''}${MADS_FETCH_PATH}`, { method: 'POST', body: JSON.stringify({ version_info: version }), signal: leaving.signal }).catch(() => 'gone');
    await until(() => waiting() === 1);
    leaving.abort();
    expect(await left).toBe('gone');
    await until(() => waiting() === 0);
  });

  it('that comes before the resources were read waits for them, or is told', async () => {
    await start();
    expect(await fetchAs('prometheus', { timeout: '0s' })).toMatchObject({ status: 503, body: { detail: expect.stringContaining('not read yet') } });
    const early = fetchAs('prometheus');
    await until(() => waiting() === 1);
    startFeed();
    await until(() => app.isReady());
    expect(names(await early)).toEqual(['web-1']);
  });

  it('comes to another replica with the same version', async () => {
    await startReady();
    const { body: { version_info: version } } = await fetchAs('prometheus');
    const second = await startMonitoringAssignment({ config: { general: { tlsCertFile: '', tlsKeyFile: '' }, monitoringAssignmentServer: CONFIG }, bus, clock, log: silentLogger, instance: 'two' });
    await until(() => second.isReady());
    const answer = await fetch(`http://${second.addresses['mads'] ?? ''}${MADS_FETCH_PATH}?fetch-timeout=0s`, { method: 'POST', body: JSON.stringify({ version_info: version }) });
    expect(answer.status).toBe(304);
    await second.close();
  });
});

describe('what is wrong with a request is said', () => {
  it.each([
    ['no JSON', 'not json', '', 400, 'the JSON form of envoy.service.discovery.v3.DiscoveryRequest'],
    ['a field of another shape', '{"node": 5}', '', 400, 'cannot decode message envoy.config.core.v3.Node'],
    ['another type', '{"type_url": "type.googleapis.com/envoy.config.cluster.v3.Cluster"}', '', 400, 'not served here'],
    ['no duration', '{}', '?fetch-timeout=soon', 400, 'fetch-timeout: invalid duration "soon"'],
    ['too much', JSON.stringify({ node: { id: 'x'.repeat(70_000) } }), '', 413, 'exceeds 65536 bytes'],
  ])('%s', async (_name, body, query, code, detail) => {
    await startReady();
    expect(await post(body, query)).toMatchObject({ status: code, body: { detail: expect.stringContaining(detail) } });
  });

  it('another path, another method', async () => {
    await startReady();
    const url = `http://${app.addresses['mads'] ?? ''}`;
    expect([(await fetch(`${url}/v3/discovery:clusters`, { method: 'POST' })).status, (await fetch(url + MADS_FETCH_PATH)).status]).toEqual([404, 405]);
  });
});

function grpcClient(): Client {
  const client = new Client(app.addresses['mads'] ?? '', credentials.createInsecure());
  grpc.push(client);
  return client;
}

const encode = (request: Partial<Pick<DiscoveryRequest, 'versionInfo' | 'responseNonce'>> & { readonly id?: string }) =>
  Buffer.from(toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { typeUrl: MONITORING_ASSIGNMENT_TYPE, node: { id: request.id ?? 'prometheus' }, ...request })));
const decode = (bytes: Uint8Array): DiscoveryResponse => fromBinary(DiscoveryResponseSchema, bytes);
const targetsOf = ({ resources }: DiscoveryResponse) => resources.map(({ value }) => fromBinary(MonitoringAssignmentSchema, value).targets[0]?.name);
const pass = (bytes: Buffer): Buffer => bytes;

type Stream = ClientDuplexStream<Buffer, DiscoveryResponse>;

const openStream = (method = 'StreamMonitoringAssignments'): Stream => grpcClient().makeBidiStreamRequest<Buffer, DiscoveryResponse>(`/${MADS_SERVICE}/${method}`, pass, decode);
const next = async (stream: Stream): Promise<DiscoveryResponse> => ((await once(stream, 'data')) as [DiscoveryResponse])[0];

describe('gRPC on the same port', () => {
  it('streams everything, and again after a change, when the last was answered for', async () => {
    await startReady();
    const stream = openStream();
    stream.write(encode({}));
    const first = await next(stream);
    expect(targetsOf(first)).toEqual(['web-1']);
    await put(dataplane('web-2', '10.0.0.2'));
    await until(() => app.held?.()['monitored_proxies'] === 2);
    const second = next(stream);
    stream.write(encode({ versionInfo: first.versionInfo, responseNonce: 'stale' }));
    stream.write(encode({ versionInfo: first.versionInfo, responseNonce: first.nonce }));
    expect(targetsOf(await second)).toEqual(['web-1', 'web-2']);
    stream.on('error', () => undefined).cancel();
    await until(() => waiting() === 0);
  });

  it('sends a client that comes back nothing that it has', async () => {
    await startReady();
    const { body: { version_info: versionInfo } } = await fetchAs('prometheus');
    const stream = openStream();
    stream.write(encode({ versionInfo }));
    await until(() => waiting() === 1);
    const first = next(stream);
    await put(dataplane('web-2', '10.0.0.2'));
    expect(targetsOf(await first)).toEqual(['web-1', 'web-2']);
    stream.on('error', () => undefined).cancel();
  });

  it('ends a stream of garbage, and has no delta form', async () => {
    await startReady();
    const garbage = openStream();
    garbage.write(Buffer.from([0xff, 0xff]));
    expect(((await once(garbage, 'error')) as [ServiceError])[0].code).toBe(status.INVALID_ARGUMENT);
    const delta = openStream('DeltaMonitoringAssignments');
    expect(((await once(delta, 'error')) as [ServiceError])[0].code).toBe(status.UNIMPLEMENTED);
  });

  it('fetches once', async () => {
    await startReady();
    const fetched = await new Promise<DiscoveryResponse | undefined>((resolve, reject) => {
      grpcClient().makeUnaryRequest<Buffer, DiscoveryResponse>(`/${MADS_SERVICE}/FetchMonitoringAssignments`, pass, decode, encode({}), (error, value) => (error === null ? resolve(value) : reject(error)));
    });
    expect(fetched && targetsOf(fetched)).toEqual(['web-1']);
  });
});

describe('configuration', () => {
  it('TLS with the given certificate', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weft-mads-'));
    const { certificatePem, keyPem } = await selfSignedCertificate();
    const [tlsCertFile, tlsKeyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await Promise.all([writeFile(tlsCertFile, certificatePem), writeFile(tlsKeyFile, keyPem.reveal())]);
    await startReady({ tlsEnabled: true, tlsCertFile, tlsKeyFile });
    const [host = '', port = ''] = (app.addresses['mads'] ?? '').split(':');
    const code = await new Promise<number | undefined>((resolve, reject) => {
      httpsRequest({ host, port, path: MADS_FETCH_PATH, method: 'POST', ca: certificatePem, agent: false }, (answer) => resolve(answer.resume().statusCode)).on('error', reject).end('{}');
    });
    expect(code).toBe(200);
    await rm(folder, { recursive: true });
  });

  it('without a certificate TLS is refused, and so is an unknown version', async () => {
    await start({ enabled: false });
    await expect(start({ tlsEnabled: true })).rejects.toThrow('set monitoringAssignmentServer.tlsCertFile');
    await expect(start({ apiVersions: ['v1', 'v1alpha1'] })).rejects.toThrow('there is no v1alpha1');
  });

  it('turned off it serves nothing and is ready', async () => {
    await start({ enabled: false });
    expect([app.isReady(), app.addresses]).toEqual([true, {}]);
  });
});
