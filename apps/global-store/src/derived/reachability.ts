import type { MeshServiceStatus, MeshSpec, Resource } from '@weft/resource-model';

type Condition = NonNullable<MeshServiceStatus['conditions']>[number];

const REACHABLE = 'Reachable';

/** Whether proxies of a mesh have certificates at all, without which no ingress of another zone would know what they want. */
export function isSecured({ spec }: Resource<MeshSpec>, hasIdentities: boolean): boolean {
  return (spec.mtls?.enabledBackend ?? '') !== '' || hasIdentities;
}

/** The status of a MeshService of another zone, saying that it cannot be reached where that is so. */
export function withReachability(status: MeshServiceStatus | undefined, { mesh, zone, secured }: { readonly mesh: string; readonly zone: string; readonly secured: boolean }): MeshServiceStatus {
  const { conditions = [], ...rest } = status ?? {};
  const others = conditions.filter(({ type }) => type !== REACHABLE);
  const all = secured ? others : [...others, unsecured(mesh, zone)];
  return { ...rest, ...(all.length > 0 && { conditions: all }) };
}

/** Why a MeshService cannot be reached; undefined where nothing is known against it. */
export function unreachableBecause(status: unknown): string | undefined {
  return (status as MeshServiceStatus | undefined)?.conditions?.find(({ type, status: value }) => type === REACHABLE && value === 'False')?.message;
}

function unsecured(mesh: string, zone: string): Condition {
  return {
    type: REACHABLE, status: 'False', reason: 'MeshWithoutMTLS',
    message: `mesh "${mesh}" has no mTLS, without which zone "${zone}" cannot be entered: add a MeshIdentity, or an mtls backend to the Mesh`,
  };
}
