import { SERVICE_TAG, selects } from './labels.ts';
import type { Policy } from './policy.ts';

type Tags = Readonly<Record<string, string>>;

/** What matching looks at of an inbound. */
export interface SubjectInbound {
  readonly name: string | undefined;
  readonly port: number;
  readonly tags: Tags;
}

/** What matching looks at of a zone proxy's listener: it has no tags. */
export type SubjectListener = Omit<SubjectInbound, 'tags'>;

/** What matching looks at of a Dataplane. */
export interface PolicySubject {
  readonly mesh: string;
  readonly displayName: string;
  readonly labels: Tags;
  readonly zone: string;
  readonly namespace: string;
  readonly inbounds: readonly SubjectInbound[];
  /** Listeners of zone proxies (ZoneIngress, ZoneEgress). Default: none. */
  readonly listeners?: readonly SubjectListener[];
  /** Tags of a delegated or builtin gateway; undefined for sidecars. */
  readonly gateway: { readonly type: 'DELEGATED' | 'BUILTIN'; readonly tags: Tags } | undefined;
}

/** What a policy selects of a proxy: indexes of inbounds and of listeners, or the delegated gateway itself. */
export interface Selection {
  readonly inbounds: readonly number[];
  readonly listeners: readonly number[];
  readonly gateway: boolean;
}

/** Finds a route by its display name, for policies whose own target is a route. */
export type RouteLookup = (name: string) => Policy | undefined;

/**
 * What the policy selects of the proxy; undefined where it does not match it. Shadow policies match nothing. A sidecar
 * without inbounds and listeners is matched by no policy at all (as in Kuma 2.14).
 */
export function selectProxy(policy: Policy, subject: PolicySubject, routes: RouteLookup): Selection | undefined {
  if (policy.shadow || policy.mesh !== subject.mesh || !inZone(policy, subject) || !inNamespace(policy, subject)) return undefined;
  const selection = byTarget(policy, subject, routes);
  return selection !== undefined && (selection.gateway || selection.inbounds.length > 0 || selection.listeners.length > 0) ? selection : undefined;
}

/** Producers' policies cross zones; others of a zone stay in it. */
function inZone({ role, origin, zone }: Policy, { labels, zone: proxyZone }: PolicySubject): boolean {
  const proxyOrigin = labels['kuma.io/origin'];
  if (role === 'producer' || proxyOrigin === undefined || proxyOrigin === 'global') return true;
  return origin !== 'zone' || zone === '' || zone === proxyZone;
}

function inNamespace({ role, namespace }: Policy, subject: PolicySubject): boolean {
  return (role !== 'consumer' && role !== 'workload-owner') || (namespace !== '' && namespace === subject.namespace);
}

function byTarget(policy: Policy, subject: PolicySubject, routes: RouteLookup): Selection | undefined {
  const { targetRef } = policy;
  switch (targetRef.kind) {
    case 'Mesh':
      return ofType(targetRef.proxyTypes, subject) ? { ...byTags({}, subject), listeners: [...(subject.listeners ?? []).keys()] } : undefined;
    case 'MeshSubset':
      return ofType(targetRef.proxyTypes, subject) ? byTags(targetRef.tags ?? {}, subject) : undefined;
    case 'MeshService':
      return byTags({ [SERVICE_TAG]: targetRef.name ?? '' }, subject);
    case 'MeshServiceSubset':
      return byTags({ ...targetRef.tags, [SERVICE_TAG]: targetRef.name ?? '' }, subject);
    case 'Dataplane':
      return byDataplane(policy, subject);
    case 'MeshHTTPRoute': {
      const route = routes(targetRef.name ?? '');
      return route === undefined || route.targetRef.kind === 'MeshHTTPRoute' ? undefined : byTarget(route, subject, routes);
    }
    // A builtin gateway is not served yet; services of other kinds cannot be a policy's own target.
    case 'MeshGateway': case 'MeshExternalService': case 'MeshMultiZoneService':
      return undefined;
  }
}

function byDataplane({ targetRef, zone, namespace }: Policy, subject: PolicySubject): Selection | undefined {
  if (subject.gateway?.type === 'BUILTIN') return undefined;
  if (targetRef.labels !== undefined && !selects(targetRef.labels, subject.labels)) return undefined;
  if (targetRef.name !== undefined && targetRef.name !== '') {
    const inOwnNamespace = (targetRef.namespace ?? namespace) === subject.namespace;
    if (targetRef.name !== subject.displayName || !inOwnNamespace || zone !== subject.zone) return undefined;
  }
  const { sectionName = '' } = targetRef;
  const meant = (parts: readonly SubjectListener[]): number[] => parts.flatMap((part, index) => (sectionName === '' || sectionName === sectionOf(part) ? [index] : []));
  return { inbounds: meant(subject.inbounds), listeners: meant(subject.listeners ?? []), gateway: isDelegated(subject) };
}

/** An inbound or a listener goes by its name, or by its port where it has none. */
export function sectionOf({ name, port }: SubjectListener): string {
  return name === undefined || name === '' ? String(port) : name;
}

/** Listeners of zone proxies have no tags: nothing selects them by some. */
function byTags(selector: Tags, subject: PolicySubject): Selection {
  return {
    inbounds: subject.inbounds.flatMap(({ tags }, index) => (selects(selector, tags) ? [index] : [])),
    listeners: [],
    gateway: isDelegated(subject) && selects(selector, subject.gateway?.tags ?? {}),
  };
}

function ofType(proxyTypes: readonly string[] | undefined, { gateway }: PolicySubject): boolean {
  return proxyTypes === undefined || proxyTypes.length === 0 || proxyTypes.includes(gateway === undefined ? 'Sidecar' : 'Gateway');
}

function isDelegated({ gateway }: PolicySubject): boolean {
  return gateway?.type === 'DELEGATED';
}
