import { compareText, equalData } from '@weft/kernel';
import type { MeshServicePort, MeshServiceSpec, MeshServiceStatus, MeshSpec, Resource } from '@weft/resource-model';
import type { DerivedWrite } from './derived-write.ts';
import { FACT, type OfferedPort } from './member-facts.ts';
import type { MemberTally } from './member-tally.ts';
import { isSecured, withReachability } from './reachability.ts';

/** Marks what the generator owns; the ports and selectors of others are never touched. */
export const MESH_SERVICE_GENERATOR = 'meshservice-generator';

const MANAGED_BY = 'kuma.io/managed-by';
const GRACE_LABEL = 'kuma.io/deletion-grace-period-started-at';
const DNS_1035 = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A MeshService as it is stored. */
export type StoredMeshService = Resource<MeshServiceSpec, MeshServiceStatus>;

/** All that one MeshService of a mesh is planned from. */
export interface MeshServiceFacts {
  readonly name: string;
  readonly mesh: Resource<MeshSpec>;
  /** Whether some MeshIdentity can give certificates, also without `mtls`. */
  readonly hasIdentities: boolean;
  readonly previous: StoredMeshService | undefined;
  /** Proxies that it selects, or would select once generated. */
  readonly members: MemberTally;
  readonly nowMs: number;
  /** How long a generated one without dataplanes is kept. */
  readonly gracePeriodMs: number;
}

/** A write, if one is due, and when to look again although nothing changed (a grace period ends). */
export interface Plan {
  readonly write?: DerivedWrite;
  readonly lookAgainAtMs?: number;
}

/**
 * What is to be done about the MeshService of a name. One is generated for each value of `kuma.io/service` that is a
 * DNS-1035 label; without dataplanes it stays for the grace period, marked; in mode `Disabled` it goes. For one that a
 * user wrote only what is computed is kept current: state, identities and status. What another zone owns is left alone, but for a
 * condition where it cannot be reached.
 * Source: Kuma 2.14, Universal.
 */
export function planMeshService(facts: MeshServiceFacts): Plan {
  const { name, members, mesh, previous } = facts;
  const disabled = meshServicesMode(mesh) === 'Disabled';
  if (previous === undefined) return disabled || members.total === 0 || !DNS_1035.test(name) ? {} : { write: generated(facts) };
  if (previous.labels['kuma.io/origin'] === 'global') return planRemote(facts, previous);
  if (previous.labels[MANAGED_BY] !== MESH_SERVICE_GENERATOR) return changed(facts, { labels: previous.labels, spec: previous.spec });
  if (disabled) return { write: { op: 'delete', key: keyOf(facts), previous, urgent: true } };
  return members.total === 0 ? planOrphan(previous, facts) : changed(facts, { labels: generatedLabels(name), spec: { ...previous.spec, ...generatedSpec(facts) } });
}

function planRemote(facts: MeshServiceFacts, previous: StoredMeshService): Plan {
  const { mesh, hasIdentities } = facts;
  const { labels, spec } = previous;
  const status = withReachability(previous.status, { mesh: mesh.name, zone: labels['kuma.io/zone'] ?? '', secured: isSecured(mesh, hasIdentities) });
  return equalData(previous.status ?? {}, status) ? {} : { write: { op: 'put', key: keyOf(facts), previous, labels, spec, status, urgent: true } };
}

/** `meshServices.mode` of a mesh; `Disabled` where it says nothing. */
export function meshServicesMode({ spec }: Resource<MeshSpec>): string {
  return spec.meshServices?.mode ?? 'Disabled';
}

function keyOf({ name, mesh }: MeshServiceFacts): { type: string; mesh: string; name: string } {
  return { type: 'MeshService', mesh: mesh.name, name };
}

// Always that of its own zone: nobody generates for another.
function generatedLabels(name: string): Readonly<Record<string, string>> {
  return { 'kuma.io/display-name': name, [MANAGED_BY]: MESH_SERVICE_GENERATOR, 'kuma.io/origin': 'zone' };
}

function generated(facts: MeshServiceFacts): DerivedWrite {
  const spec = { ...generatedSpec(facts), ...computedSpec(facts) };
  return { op: 'put', key: keyOf(facts), previous: undefined, labels: generatedLabels(facts.name), spec, status: statusOf(facts), urgent: true };
}

/** Counts alone are not urgent: many proxies that come and go become few writes. */
function changed(facts: MeshServiceFacts, { labels, spec: given }: { readonly labels: Readonly<Record<string, string>>; readonly spec: MeshServiceSpec }): Plan {
  const { previous } = facts;
  const spec = { ...given, ...computedSpec(facts) };
  const status = statusOf(facts);
  const sameSpec = equalData(previous?.spec, spec) && (previous?.labels[GRACE_LABEL] === undefined || labels[GRACE_LABEL] !== undefined);
  if (sameSpec && equalData(previous?.status, status)) return {};
  const urgent = !sameSpec || !equalData(previous?.status?.tls, status.tls);
  return { write: { op: 'put', key: keyOf(facts), previous, labels, spec, status, urgent } };
}

function planOrphan(previous: StoredMeshService, facts: MeshServiceFacts): Plan {
  const { gracePeriodMs, nowMs } = facts;
  const startedMs = parseStamp(previous.labels[GRACE_LABEL]);
  if (startedMs !== undefined && nowMs - startedMs >= gracePeriodMs) return { write: { op: 'delete', key: keyOf(facts), previous, urgent: true } };
  const labels = startedMs === undefined ? { ...generatedLabels(facts.name), [GRACE_LABEL]: stamp(nowMs) } : previous.labels;
  const plan = startedMs === undefined ? { write: orphaned(facts, labels) } : changed(facts, { labels, spec: previous.spec });
  return { ...plan, lookAgainAtMs: (startedMs ?? nowMs) + gracePeriodMs };
}

function orphaned(facts: MeshServiceFacts, labels: Readonly<Record<string, string>>): DerivedWrite {
  const { previous } = facts;
  return { op: 'put', key: keyOf(facts), previous, labels, spec: { ...previous?.spec, ...computedSpec(facts) }, status: statusOf(facts), urgent: true };
}

function generatedSpec({ name, members }: MeshServiceFacts): MeshServiceSpec {
  return { selector: { dataplaneTags: { 'kuma.io/service': name } }, ports: portsOf(members) };
}

/**
 * One port for each name that inbounds have, sorted by name. Where proxies disagree, as during a roll-out, what most of
 * them say counts, then the smallest text: the order in which they came plays no part.
 */
function portsOf(members: MemberTally): MeshServicePort[] {
  const offers = members.under(FACT.port).map(([text, count]) => ({ text, count, offer: JSON.parse(text) as OfferedPort }));
  const best = new Map<string, (typeof offers)[number]>();
  const byNumber = new Set<number>();
  for (const one of offers.sort((a, b) => b.count - a.count || compareText(a.text, b.text))) {
    // Two ports of one number would not be valid.
    if (best.has(one.offer.name) || byNumber.has(one.offer.port)) continue;
    best.set(one.offer.name, one);
    byNumber.add(one.offer.port);
  }
  return [...best.values()].sort((a, b) => compareText(a.offer.name, b.offer.name)).map(({ offer: { name, port, appProtocol } }) => ({ appProtocol, name, port, targetPort: port }));
}

/** Identities without any member stay: connections that are still open must not be cut for it. */
function computedSpec({ members, previous }: MeshServiceFacts): Pick<MeshServiceSpec, 'state' | 'identities'> {
  const named = (prefix: string, type: 'ServiceTag' | 'SpiffeID'): { type: typeof type; value: string }[] =>
    members.under(prefix).map(([value]) => ({ type, value })).sort((a, b) => compareText(a.value, b.value));
  const identities = [...named(FACT.service, 'ServiceTag'), ...named(FACT.spiffeId, 'SpiffeID')];
  const kept = identities.length > 0 ? identities : previous?.spec.identities;
  return { state: members.count('healthy') > 0 ? 'Available' : 'Unavailable', ...(kept !== undefined && { identities: kept }) };
}

function statusOf(facts: MeshServiceFacts): MeshServiceStatus {
  const { members, previous } = facts;
  const counts = { connected: members.count('connected'), healthy: members.count('healthy'), total: members.total };
  const dataplaneProxies = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  return { ...previous?.status, tls: { status: isTlsReady(facts) ? 'Ready' : 'NotReady' }, dataplaneProxies };
}

/**
 * Once every member has a certificate, and from then on: a proxy that joins gets no traffic before it has one, so that
 * peers need not fall back to plain text because of it.
 */
function isTlsReady({ mesh, hasIdentities, members, previous }: MeshServiceFacts): boolean {
  if (!isSecured(mesh, hasIdentities)) return false;
  return previous?.status?.tls?.status === 'Ready' || (members.total > 0 && members.count('certified') === members.total);
}

// A label's value may hold no colon.
function stamp(ms: number): string {
  return new Date(ms).toISOString().replaceAll(':', '-');
}

function parseStamp(text: string | undefined): number | undefined {
  const found = /^(\d{4}-\d{2}-\d{2}T\d{2})-(\d{2})-(\d{2}\.\d{3}Z)$/.exec(text ?? '');
  return found === null ? undefined : Date.parse(`${found[1] ?? ''}:${found[2] ?? ''}:${found[3] ?? ''}`);
}
