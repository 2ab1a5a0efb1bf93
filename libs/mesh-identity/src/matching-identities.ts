import { compareText } from '@weft/kernel';
import type { MeshIdentitySpec, MeshIdentityStatus, Resource } from '@weft/resource-model';

/** A MeshIdentity as it is stored. */
export type MeshIdentity = Resource<MeshIdentitySpec, MeshIdentityStatus>;

/** The identities that select a proxy with these labels, best first: most labels asked for, then the smallest name. */
export function matchingIdentities(identities: Iterable<MeshIdentity>, labels: Readonly<Record<string, string>>): readonly MeshIdentity[] {
  return [...identities].filter((identity) => selects(identity, labels)).sort((a, b) => asked(b).length - asked(a).length || compareText(a.name, b.name));
}

/** Whether the control plane has said that proxies may use it. */
export function isReady({ status }: MeshIdentity): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
}

/** No selector selects nobody; a selector without labels everybody. */
function selects(identity: MeshIdentity, labels: Readonly<Record<string, string>>): boolean {
  return identity.spec.selector?.dataplane !== undefined && asked(identity).every(([key, value]) => labels[key] === value);
}

function asked({ spec }: MeshIdentity): readonly [string, string][] {
  return Object.entries(spec.selector?.dataplane?.matchLabels ?? {});
}
