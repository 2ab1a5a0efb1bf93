import type { MeshSpec } from '@weft/resource-model';
import type { MeshView } from './proxy-view.ts';

/** The facts of a mesh that shape configs, with Kuma's defaults. */
export function meshView(name: string, { mtls, networking, meshServices }: MeshSpec): MeshView {
  const backend = mtls?.enabledBackend === undefined || mtls.enabledBackend === '' ? undefined : mtls.backends?.find((candidate) => candidate.name === mtls.enabledBackend);
  return {
    name,
    mtls: backend === undefined ? undefined : { backend: backend.name, mode: backend.mode ?? 'STRICT' },
    passthrough: networking?.outbound?.passthrough ?? true,
    meshServicesMode: meshServices?.mode ?? 'Disabled',
  };
}
