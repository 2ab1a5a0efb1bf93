import type { ServiceTarget } from './proxy-view.ts';

type Tags = Readonly<Record<string, string>>;
type ResourceTarget = Extract<ServiceTarget, { kind: 'resource' }>;

/** Names that views carry, as a port: which names Envoy sees is the builders' business. All functions are pure. */
export interface Naming {
  tagClusterName(service: string, tags?: Tags): string;
  resourceClusterName(mesh: string, target: ResourceTarget, unified: boolean): string;
  tagSni(service: string, tags: Tags, mesh: string): string;
  hashSni(mesh: string, target: Pick<ResourceTarget, 'type' | 'name' | 'port'>): string;
  kriSni(mesh: string, target: ResourceTarget): string;
  matchesHash(matches: readonly Readonly<Record<string, unknown>>[]): string;
  identitySecretName(mesh: string, unified: boolean): string;
  caSecretName(mesh: string, unified: boolean): string;
}
