import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { RouteConfigurationSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { UpstreamTlsContextSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createConfigEngine } from './create-config-engine.ts';
import { client, drain, resource } from './testing.ts';

/** The input of a recorded session with Kuma 2.14.3, as stored resources. */
function recordedInput(folder: string, files: readonly string[]): Resource[] {
  const path = fileURLToPath(new URL(`../testdata/${folder}/`, import.meta.url));
  return files.flatMap((file) => parseAllDocuments(readFileSync(`${path}${file}.yaml`, 'utf8')).map((document): Resource => {
    const { type, name, mesh = '', labels = {}, spec, status, creationTime: _, ...rest } = document.toJS() as { type: string; name: string; mesh?: string; labels?: Record<string, string>; spec?: unknown; status?: unknown; creationTime?: string };
    const time = '2026-01-01T00:00:00.000Z';
    return { type, name, mesh, labels, creationTime: time, modificationTime: time, version: 1, spec: spec ?? rest, ...(status !== undefined && { status }) };
  }));
}

/** Three workloads, mTLS, explicit outbounds, a route over two subsets. */
describe('the recorded mesh', () => {
  const engine = createConfigEngine();
  engine.load(recordedInput('legacy-explicit', ['mesh', 'dp-backend', 'dp-redis', 'dp-web', 'policies']));
  engine.connect(client('web-1'));
  drain(engine);
  const config = engine.config({ mesh: 'default', name: 'web-1' });
  const names = (type: 'cds' | 'eds' | 'lds' | 'rds') => [...(config?.snapshot[type].keys() ?? [])].sort();

  it('has the resources that Kuma 2.14.3 sent, by the same names; routes are resources of their own', () => {
    expect(names('cds')).toEqual(['backend', 'backend-154693772bc47249', 'backend-5b73b3f4adf20020', 'kuma:envoy:admin', 'kuma:readiness', 'localhost:18081', 'redis']);
    expect(names('eds')).toEqual(['backend', 'backend-154693772bc47249', 'backend-5b73b3f4adf20020', 'redis']);
    expect(names('lds')).toEqual(['inbound:10.0.0.3:8080', 'kuma:envoy:admin', 'outbound:127.0.0.1:20001', 'outbound:127.0.0.1:20002']);
    expect(names('rds')).toContain('outbound:backend');
    expect(config?.secrets.map(({ name }) => name)).toEqual(['identity_cert:secret:default', 'mesh_ca:secret:default', 'envoy_admin_cert:secret', 'envoy_admin_ca:secret']);
    expect(config?.problems).toEqual([]);
  });

  it('routes by the recorded names, with the timeout of the policy', () => {
    const resource = config?.snapshot.rds.get('outbound:backend');
    const routes = resource === undefined ? [] : fromBinary(RouteConfigurationSchema, resource.body).virtualHosts.flatMap((host) => host.routes);
    expect(routes.map(({ name, match, action }) => [name, match?.pathSpecifier.value, action.case === 'route' ? action.value.timeout?.seconds : undefined])).toEqual([
      ['WGAAvhw3cvPsUF/cRlbzUTEwQB0IrzZEHH0JqXiUSj4=', '/v1', 7n],
      ['WGAAvhw3cvPsUF/cRlbzUTEwQB0IrzZEHH0JqXiUSj4=', '/v1/', 7n],
      ['9Zuf5Tg79OuZcQITwBbQykxAk2u4fRKrwYn3//AL4Yo=', '/', 7n],
    ]);
  });
});

/** Mode Exclusive with redirection, unified names and a MeshIdentity by workload. */
describe('the recorded Exclusive mesh', () => {
  const engine = createConfigEngine();
  // What ca-service adds for itself: the bundle of the identity's CA.
  engine.load([...recordedInput('exclusive-identity', ['resources']), resource('TrustBundle', 'identity.identity', { backend: 'identity.identity', generation: 1, caPem: [] })]);
  const features = ['feature-unified-resource-naming', 'feature-strict-inbound-ports', 'feature-reuse-port', 'feature-embedded-dns'];
  engine.connect(client('web-1', features, { workdir: '/run/weft', dnsPort: 15054, ipv6Enabled: true }));
  drain(engine);
  const config = engine.config({ mesh: 'default', name: 'web-1' });
  const names = (type: 'cds' | 'lds') => [...(config?.snapshot[type].keys() ?? [])].sort();
  const services = ['backend-api', 'backend', 'redis', 'web'].map((name) => `kri_msvc_default_default__${name}_main`);
  const passthrough = ['inbound_ipv4', 'inbound_ipv6', 'outbound_ipv4', 'outbound_ipv6'].map((name) => `self_transparentproxy_passthrough_${name}`);

  it('has the resources that Kuma 2.14.3 sent, by the same names', () => {
    expect(names('cds')).toEqual([...services, ...passthrough, 'self_inbound_dp_main', 'self_transparentproxy_no_destination_inbound', 'system_envoy_admin', 'system_probe_readiness'].sort());
    expect(names('lds')).toEqual([...services, ...passthrough, 'self_inbound_dp_main', 'system_dynamicconfig', 'system_envoy_admin'].sort());
    expect(config?.secrets.map(({ name }) => name).sort()).toEqual(['kri_mid_default_default__identity_', 'system_envoy_admin_ca', 'system_envoy_admin_cert', 'system_trust_bundle']);
    expect(config?.problems).toEqual([]);
  });

  it('expects the SPIFFE ids and sends the server names that were recorded', () => {
    const found = config?.snapshot.cds.get('kri_msvc_default_default__backend_main');
    const socket = found && fromBinary(ClusterSchema, found.body).transportSocket?.configType.value;
    const tls = socket && anyUnpack(socket, UpstreamTlsContextSchema);
    const context = tls?.commonTlsContext?.validationContextType;
    const sans = context?.case === 'combinedValidationContext' ? context.value.defaultValidationContext?.matchTypedSubjectAltNames.map(({ matcher }) => matcher?.matchPattern.value) : undefined;
    expect(tls?.sni).toBe('sni.msvc.default.default.backend.main');
    expect([...(sans ?? [])].sort()).toEqual(['spiffe://default.default.mesh.local/workload/backend', 'spiffe://default/backend']);
  });
});
