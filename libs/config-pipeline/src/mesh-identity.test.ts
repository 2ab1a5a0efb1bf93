import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { isAdminSecret } from '@weft/envoy-builders';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { UpstreamTlsContextSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine, ProxyUpdate } from './config-engine.ts';
import { createConfigEngine } from './create-config-engine.ts';
import { client, dataplane, drain, mesh, resource } from './testing.ts';

const WEB = { mesh: 'default', name: 'web-1' };
const MAIN = 'kri_mid_default___main_';

const web = (workload?: string, version = 1) => dataplane({ name: 'web-1', address: '10.0.0.1', service: 'web', outbounds: [{ port: 20001, service: 'api' }], labels: workload === undefined ? {} : { 'kuma.io/workload': workload }, version });
const api = (name: string, workload: string, version = 1) => dataplane({ name, address: `10.0.1.${name.length}`, service: 'api', labels: { 'kuma.io/workload': workload }, version });
const trust = resource('MeshTrust', 'main', { trustDomain: 'one.test', caBundles: [] });
const identity = (version = 1, matchLabels: object = {}) => resource('MeshIdentity', 'main', { selector: { dataplane: { matchLabels } }, spiffeID: { trustDomain: 'one.test' }, provider: { type: 'Bundled' } }, { version });
const ca = resource('TrustBundle', 'identity.main', { backend: 'identity.main', generation: 1, caPem: [] });

function started(resources: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine();
  engine.load(resources);
  engine.connect(client('web-1'));
  return engine;
}

/** Every update until nothing is due, also those without a change. */
function all(engine: ConfigEngine): ProxyUpdate[] {
  const updates: ProxyUpdate[] = [];
  for (let update = engine.next(); update !== undefined; update = engine.next()) updates.push(update);
  return updates;
}

function upstream(engine: ConfigEngine) {
  const cluster = engine.config(WEB)?.snapshot.cds.get('api');
  const socket = cluster === undefined ? undefined : fromBinary(ClusterSchema, cluster.body).transportSocket?.configType;
  const common = socket?.case === 'typedConfig' ? anyUnpack(socket.value, UpstreamTlsContextSchema)?.commonTlsContext : undefined;
  const validation = common?.validationContextType.case === 'combinedValidationContext' ? common.validationContextType.value : undefined;
  return {
    secret: common?.tlsCertificateSdsSecretConfigs[0]?.name,
    ids: validation?.defaultValidationContext?.matchTypedSubjectAltNames.map(({ matcher }) => matcher?.matchPattern.value),
  };
}

const secrets = (engine: ConfigEngine) => engine.config(WEB)?.secrets.filter(({ name }) => !isAdminSecret(name)).map(({ kind, name }) => `${kind} ${name}`);

describe('MeshIdentity in configs', () => {
  it('peers accept the new id at once; the proxy presents it only when it is released', () => {
    const engine = started([mesh('STRICT'), web('web'), api('api-1', 'api'), trust, ca]);
    drain(engine);
    expect(secrets(engine)).toEqual(['identity identity_cert:secret:default', 'trust-bundle system_trust_bundle']);
    engine.apply([{ op: 'put', resource: identity() }]);
    const handover = all(engine).at(-1)?.handover;
    expect(upstream(engine)).toEqual({ secret: 'identity_cert:secret:default', ids: ['spiffe://default/api', 'spiffe://one.test/workload/api'] });
    expect(handover).toBe(`${MAIN} spiffe://one.test/workload/web`);
    engine.release(WEB, handover ?? '');
    expect(all(engine).at(-1)?.handover).toBeUndefined();
    expect(upstream(engine).secret).toBe(MAIN);
    expect(secrets(engine)).toEqual([`workload ${MAIN}`, 'trust-bundle system_trust_bundle']);
    engine.apply([{ op: 'put', resource: { ...mesh(undefined, 2) } }]);
    drain(engine);
    expect(upstream(engine).secret).toBe(MAIN);
  });

  it('a proxy of another workload that joins a service is accepted, and one that leaves no longer', () => {
    const engine = started([mesh('STRICT'), web('web'), api('api-1', 'api'), trust, ca, identity()]);
    drain(engine);
    engine.apply([{ op: 'put', resource: api('api-22', 'api-next') }]);
    drain(engine);
    expect(upstream(engine).ids).toEqual(['spiffe://default/api', 'spiffe://one.test/workload/api', 'spiffe://one.test/workload/api-next']);
    engine.apply([{ op: 'delete', key: { type: 'Dataplane', mesh: 'default', name: 'api-1' } }]);
    drain(engine);
    expect(upstream(engine).ids).toEqual(['spiffe://default/api', 'spiffe://one.test/workload/api-next']);
  });

  it('one more proxy of the same workload builds no cluster', () => {
    const engine = started([mesh('STRICT'), web('web'), api('api-1', 'api'), trust, ca, identity()]);
    drain(engine);
    const cluster = engine.config(WEB)?.snapshot.cds.get('api');
    const before = engine.counters.resourcesBuilt;
    engine.apply([{ op: 'put', resource: api('api-22', 'api') }]);
    drain(engine);
    expect(engine.config(WEB)?.snapshot.cds.get('api')).toBe(cluster);
    expect(engine.counters.resourcesBuilt - before).toBe(1);
  });

  it('a proxy that cannot be named has no config, and the update says why; with its label it has one', () => {
    const engine = started([mesh('STRICT'), web(), api('api-1', 'api'), trust, ca, identity()]);
    expect(all(engine).at(-1)).toMatchObject({ config: undefined, refusal: expect.stringContaining('.Workload is empty') });
    engine.apply([{ op: 'put', resource: web('web', 2) }]);
    expect(all(engine).at(-1)?.refusal).toBeUndefined();
    expect(upstream(engine).secret).toBe(MAIN);
  });
});
