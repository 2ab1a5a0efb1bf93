import type { DescMessage } from '@bufbuild/protobuf';
import { kdsRegistry } from '../gen/js/registry.js';

/** Types whose message is not `kuma.mesh.v1alpha1.<type>`. */
const SYSTEM_MESSAGES: Readonly<Record<string, string>> = {
  Secret: 'kuma.system.v1alpha1.Secret',
  GlobalSecret: 'kuma.system.v1alpha1.Secret',
  Config: 'kuma.system.v1alpha1.Config',
  Zone: 'kuma.system.v1alpha1.Zone',
  ZoneInsight: 'kuma.system.v1alpha1.ZoneInsight',
};

/** The message that carries the spec of a legacy resource type, e.g. of `Mesh`; undefined for types without one (they travel as JSON). */
export function legacyMessageOf(type: string): DescMessage | undefined {
  return kdsRegistry.getMessage(SYSTEM_MESSAGES[type] ?? `kuma.mesh.v1alpha1.${type}`);
}
