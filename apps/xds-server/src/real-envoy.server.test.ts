import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { ClusterSchema, Cluster_DiscoveryType } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { TcpProxySchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { DownstreamTlsContextSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { ProxySnapshot, SharedResource, XdsType } from '@weft/xds-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EnvoyProcess } from './testing/envoy-process.ts';
import { MTLS_SECRETS, TestPlane } from './testing/test-plane.ts';

const ADS = { configSourceSpecifier: { case: 'ads' as const, value: {} }, resourceApiVersion: 2 };
const TRUST = { case: 'combinedValidationContext' as const, value: { defaultValidationContext: {}, validationContextSdsSecretConfig: { name: 'ca', sdsConfig: ADS } } };
const DOCUMENT = JSON.stringify({ type: 'Dataplane', mesh: 'default', name: 'web-1', networking: { address: '127.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': 'web' } }] } });

const resource = (type: XdsType, name: string, version: string, body: Uint8Array): [string, SharedResource] => [name, { type, name, version, body }];
const address = (port: number): object => ({ address: { case: 'socketAddress' as const, value: { address: '127.0.0.1', portSpecifier: { case: 'portValue' as const, value: port } } } });

/** One EDS cluster with one endpoint behind a TLS listener. Envoy refuses a connect timeout of 0. */
function snapshot({ cluster = '1', timeoutSeconds = 5, endpoints = '1' } = {}): ProxySnapshot {
  const clusterBody = toBinary(ClusterSchema, create(ClusterSchema, {
    name: 'backend', connectTimeout: { seconds: BigInt(timeoutSeconds) },
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS }, edsClusterConfig: { edsConfig: ADS },
  }));
  const endpointsBody = toBinary(ClusterLoadAssignmentSchema, create(ClusterLoadAssignmentSchema, {
    clusterName: 'backend', endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: { address: address(9_000 + Number(endpoints)) } } }] }],
  }));
  const tls = create(DownstreamTlsContextSchema, {
    commonTlsContext: {
      tlsCertificateSdsSecretConfigs: [{ name: 'identity', sdsConfig: ADS }],
      validationContextType: TRUST,
    },
  });
  const proxy = create(TcpProxySchema, { statPrefix: 'backend', clusterSpecifier: { case: 'cluster', value: 'backend' } });
  const listenerBody = toBinary(ListenerSchema, create(ListenerSchema, {
    name: 'inbound', address: address(0), filterChains: [{
      filters: [{ name: 'tcp', configType: { case: 'typedConfig', value: anyPack(TcpProxySchema, proxy) } }],
      transportSocket: { name: 'envoy.transport_sockets.tls', configType: { case: 'typedConfig', value: anyPack(DownstreamTlsContextSchema, tls) } },
    }],
  }));
  return {
    cds: new Map([resource('cds', 'backend', cluster, clusterBody)]),
    eds: new Map([resource('eds', 'backend', endpoints, endpointsBody)]),
    lds: new Map([resource('lds', 'inbound', '1', listenerBody)]),
    rds: new Map(),
    sds: new Map(),
  };
}

let plane: TestPlane | undefined;
let envoy: EnvoyProcess | undefined;

afterEach(async () => {
  await envoy?.stop();
  await plane?.close();
});

const soon = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 50 });

describe.each([['delta', ['feature-delta-grpc']], ['sotw', []]] as const)('a real Envoy (%s)', (_variant, features) => {
  async function start(): Promise<{ cp: TestPlane; proxy: EnvoyProcess }> {
    const cp = (plane = await TestPlane.start());
    cp.give('web-1', snapshot(), MTLS_SECRETS);
    const proxy = (envoy = await EnvoyProcess.start(cp.port, { name: 'web-1', document: DOCUMENT, features }));
    await soon(async () => {
      expect(await proxy.clusters('active')).toHaveProperty('backend');
      expect(await proxy.stat('listener_manager.total_listeners_active')).toBe(1);
    });
    return { cp, proxy };
  }
  const updates = async (proxy: EnvoyProcess): Promise<(number | undefined)[]> =>
    Promise.all(['cluster_manager.cds.update_success', 'listener_manager.lds.update_success', 'cluster.backend.update_success'].map((name) => proxy.stat(name)));

  it('takes over a changed Cluster with unchanged endpoints without waiting for a timeout', async () => {
    const { cp, proxy } = await start();
    const before = await proxy.stat('cluster_manager.cluster_modified');
    cp.give('web-1', snapshot({ cluster: '2', timeoutSeconds: 7 }), MTLS_SECRETS);
    await soon(async () => {
      expect(await proxy.stat('cluster_manager.cluster_modified')).toBe((before ?? 0) + 1);
      expect(await proxy.clusters('warming')).toEqual({});
    });
    expect(await proxy.stat('cluster.backend.init_fetch_timeout')).toBe(0);
    expect(await proxy.stat('cluster.backend.membership_total')).toBe(1);
  });

  it('refuses what is wrong, keeps what worked, and its words are reported', async () => {
    const { cp, proxy } = await start();
    const good = await proxy.clusters('active');
    cp.give('web-1', snapshot({ cluster: 'bad', timeoutSeconds: -1 }), MTLS_SECRETS);
    await soon(async () => expect(await cp.observed('web-1')).toMatchObject({ nacks: expect.arrayContaining([expect.objectContaining({ type: 'cds', message: expect.stringContaining('seconds: -1') })]) }));
    expect(await proxy.clusters('active')).toEqual(good);
    expect(await proxy.stat('cluster.backend.membership_total')).toBe(1);
    cp.give('web-1', snapshot({ cluster: '3', timeoutSeconds: 9 }), MTLS_SECRETS);
    await soon(async () => expect(await proxy.clusters('active')).not.toEqual(good));
  });

  it('gets nothing resent by a restarted server, its certificate included', async () => {
    const { cp, proxy } = await start();
    const before = await updates(proxy);
    const { leaves } = cp.signer;
    await cp.restart();
    cp.give('web-1', snapshot(), MTLS_SECRETS);
    await soon(async () => expect(cp.engine.clients.size).toBe(1));
    cp.give('web-1', snapshot({ endpoints: '2' }), MTLS_SECRETS);
    // The counters are the new server's: one response, the changed endpoints.
    await soon(async () => expect(await cp.observed('web-1')).toMatchObject({ subscriptions: [{ status: { total: { responsesSent: '1', responsesAcknowledged: '1' }, eds: { responsesSent: '1' } } }] }));
    const [cds, lds, eds] = await updates(proxy);
    expect([cds, lds]).toEqual(before.slice(0, 2));
    expect(eds).toBe((before[2] ?? 0) + 1);
    expect(cp.signer.leaves).toBe(leaves);
  });
});
