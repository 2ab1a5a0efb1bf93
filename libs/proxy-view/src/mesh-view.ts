import type { MeshSpec, Resource } from '@weft/resource-model';
import type { MeshView } from './proxy-view.ts';

/** Label of a Mesh: with the value `true`, a refusal says in a header who refused. */
export const NAME_REFUSALS_LABEL = 'weft.io/name-refusals';

/** The facts of a mesh that shape configs, with Kuma's defaults. */
export function meshView({ name, labels, spec: { mtls, networking, meshServices, routing } }: Pick<Resource<MeshSpec>, 'name' | 'labels' | 'spec'>): MeshView {
  const backend = mtls?.enabledBackend === undefined || mtls.enabledBackend === '' ? undefined : mtls.backends?.find((candidate) => candidate.name === mtls.enabledBackend);
  return {
    name,
    mtls: backend === undefined ? undefined : { backend: backend.name, mode: backend.mode ?? 'STRICT' },
    passthrough: networking?.outbound?.passthrough ?? true,
    meshServicesMode: meshServices?.mode ?? 'Disabled',
    ...(routing?.localityAwareLoadBalancing === true && { localityAware: true }),
    ...(labels[NAME_REFUSALS_LABEL] === 'true' && { nameRefusals: true }),
  };
}
