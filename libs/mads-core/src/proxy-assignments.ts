import type { DataplaneEntry, MeshState } from '@weft/mesh-index';
import { metricSettings, servedBackends, type PrometheusBackend } from '@weft/policy-plugins';
import { matchPolicies, meshView, proxyConfs, trafficSource } from '@weft/proxy-view';
import type { Assignment } from './assignment.ts';
import { targetLabels } from './target-labels.ts';

/** Envoy's admin listener where the Dataplane names no port. */
const DEFAULT_ADMIN_PORT = 9901;

/** What a proxy gives to Prometheus, by client (`clientId` of the backend, or `default-backend`): what MeshMetric says, else the Mesh's own backend. */
export function proxyAssignments(mesh: MeshState, entry: DataplaneEntry): ReadonlyMap<string, Assignment> {
  const { resource } = entry;
  const networking = resource.spec.networking ?? {};
  const settings = metricSettings(proxyConfs(mesh, entry, matchPolicies(mesh, entry))['MeshMetric']);
  const served = servedBackends(settings?.prometheus ?? [], [networking.admin?.port ?? DEFAULT_ADMIN_PORT, ...entry.inbounds.map(({ port = 0 }) => port)]);
  if (served.length === 0) return new Map();
  const { service } = trafficSource(resource);
  const labels = targetLabels(resource.spec);
  const host = networking.advertisedAddress ?? networking.address ?? '';
  return new Map(served.map((backend) => [backend.name, {
    name: `/meshes/${resource.mesh}/dataplanes/${resource.name}`,
    mesh: resource.mesh,
    service,
    target: { name: resource.name, scheme: schemeOf(backend, mesh, entry), address: `${host.includes(':') ? `[${host}]` : host}:${backend.port}`, metricsPath: backend.path, labels },
  }]));
}

/** As the listener is built: the mesh's TLS only where the proxy has a certificate. */
function schemeOf({ tls }: PrometheusBackend, mesh: MeshState, { resource }: DataplaneEntry): 'http' | 'https' {
  if (tls !== 'ActiveMTLSBackend') return tls === 'Disabled' ? 'http' : 'https';
  const hasMtls = mesh.resource !== undefined && meshView(mesh.resource).mtls !== undefined;
  return hasMtls || mesh.identities.usableBy(resource).length > 0 ? 'https' : 'http';
}
