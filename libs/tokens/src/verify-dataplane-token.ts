import type { Result } from '@weft/kernel';
import { refuse, type TokenRejection, type TokenVerifier, type Verified } from './token-verifier.ts';

/** What a proxy says it is. */
export interface DataplaneIdentity {
  readonly mesh: string;
  readonly name: string;
  /** Every value of each tag over all inbounds and the gateway. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  /** Value of the label `kuma.io/workload`. */
  readonly workload?: string;
  /** True where the MeshIdentity of the proxy derives its path from the workload: then the token must be bound to it. */
  readonly identityFromWorkload?: boolean;
}

/**
 * Whether a token entitles its bearer to be this dataplane: signature and times, then mesh, name, tags and workload
 * (an empty claim allows any). Every tag in the token must be on the dataplane, and every value that the dataplane has
 * for it must be in the token. Never throws. Source: the rules of Kuma 2.14 for a Universal dataplane's stream.
 */
export async function verifyDataplaneToken(verifier: TokenVerifier, token: string, proxy: DataplaneIdentity): Promise<Result<Verified<'dataplane'>, TokenRejection>> {
  const verified = await verifier.verify({ purpose: 'dataplane', mesh: proxy.mesh }, token);
  if (!verified.ok) return verified;
  const claims = verified.value;
  if (claims.Mesh !== '' && claims.Mesh !== proxy.mesh) return refuse('mesh', `the token is for mesh "${claims.Mesh}", the proxy is in mesh "${proxy.mesh}"`);
  if (claims.Name !== '' && claims.Name !== proxy.name) return refuse('name', `the token is for proxy "${claims.Name}", this one is "${proxy.name}"`);
  const tagProblem = tagMismatch(claims.Tags, proxy.tags);
  if (tagProblem !== undefined) return refuse('tags', tagProblem);
  return workloadRejection(claims.Workload, proxy) ?? verified;
}

function tagMismatch(allowed: Readonly<Record<string, readonly string[]>>, actual: DataplaneIdentity['tags']): string | undefined {
  for (const [tag, values] of Object.entries(allowed)) {
    const present = actual[tag] ?? [];
    if (present.length === 0) return `the dataplane has no tag "${tag}", which the token requires`;
    const foreign = present.find((value) => !values.includes(value));
    if (foreign !== undefined) return `the dataplane has tag "${tag}" with value "${foreign}", the token allows ${values.map((value) => `"${value}"`).join(', ')}`;
  }
  return undefined;
}

function workloadRejection(bound: string, proxy: DataplaneIdentity): Result<never, TokenRejection> | undefined {
  const workload = proxy.workload ?? '';
  if (bound !== '' && bound !== workload) return refuse('workload', `the token is for workload "${bound}", the dataplane has label "kuma.io/workload" "${workload}"`);
  if (bound === '' && workload !== '' && proxy.identityFromWorkload === true) {
    return refuse('workload-required', `dataplane with "kuma.io/workload" label "${workload}" derives its identity from the workload, so it requires a workload-bound token`);
  }
  return undefined;
}
