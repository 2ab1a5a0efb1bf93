import { compareText, equalData } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';

/** Marks what the generator owns; what users wrote themselves is never touched. */
export const MANAGED_BY = 'meshservice-generator';

const GRACE_LABEL = 'kuma.io/deletion-grace-period-started-at';
const DNS_1035 = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What the plan for one mesh is made from. */
export interface MeshServiceFacts {
  readonly mesh: Resource;
  readonly dataplanes: readonly Resource[];
  /** Every MeshService of the mesh, generated or not. */
  readonly existing: readonly Resource[];
  /** Whether a proxy is connected and its ports of the service are ready. */
  readonly isConnected: (dataplane: Resource) => boolean;
  readonly nowMs: number;
  /** How long a service without dataplanes is kept. */
  readonly gracePeriodMs: number;
}

/** One write that brings the generated MeshServices in line. */
export type MeshServiceWrite =
  | { readonly op: 'put'; readonly name: string; readonly previous: Resource | undefined; readonly labels: Readonly<Record<string, string>>; readonly spec: unknown; readonly status: unknown }
  | { readonly op: 'delete'; readonly name: string };

/** The writes, sorted by name, and when to look again although nothing changed (a grace period ends). */
export interface MeshServicePlan {
  readonly writes: readonly MeshServiceWrite[];
  readonly lookAgainAtMs?: number;
}

/**
 * Which MeshServices a mesh should have: one for each value of `kuma.io/service` that is a DNS-1035 label, with the
 * ports of its inbounds. Without dataplanes one stays for the grace period, marked. In mode `Disabled` none stay.
 * Source: the generator of Kuma 2.14 for Universal zones.
 */
export function planMeshServices(facts: MeshServiceFacts): MeshServicePlan {
  const generated = new Map(facts.existing.filter(isGenerated).map((service) => [service.name, service]));
  if (meshServicesMode(facts.mesh) === 'Disabled') return { writes: [...generated.keys()].sort(compareText).map((name) => ({ op: 'delete', name })) };
  const taken = new Set(facts.existing.filter((service) => !isGenerated(service)).map(({ name }) => name));
  const members = membersByService(facts.dataplanes);
  const names = [...new Set([...members.keys(), ...generated.keys()])].filter((name) => DNS_1035.test(name) && !taken.has(name)).sort(compareText);
  const plans = names.map((name) => planOne(name, { ...facts, members: members.get(name) ?? [], previous: generated.get(name) }));
  const next = plans.flatMap(({ lookAgainAtMs }) => lookAgainAtMs ?? []);
  return { writes: plans.flatMap(({ write }) => write ?? []), ...(next.length > 0 && { lookAgainAtMs: Math.min(...next) }) };
}

/** `meshServices.mode` of a mesh; `Disabled` where it says nothing. */
export function meshServicesMode(mesh: Resource): string {
  return (mesh.spec as { readonly meshServices?: { readonly mode?: string } }).meshServices?.mode ?? 'Disabled';
}

interface Inbound {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly state?: string;
  readonly health?: { readonly ready?: boolean };
  readonly tags?: Readonly<Record<string, string>>;
}

interface Member {
  readonly dataplane: Resource;
  readonly inbounds: readonly Inbound[];
}

function membersByService(dataplanes: readonly Resource[]): ReadonlyMap<string, readonly Member[]> {
  const members = new Map<string, Member[]>();
  for (const dataplane of dataplanes) {
    const inbound = (dataplane.spec as { readonly networking?: { readonly inbound?: readonly Inbound[] } }).networking?.inbound ?? [];
    for (const service of new Set(inbound.flatMap(({ tags }) => tags?.['kuma.io/service'] ?? []))) {
      const member = { dataplane, inbounds: inbound.filter(({ tags }) => tags?.['kuma.io/service'] === service) };
      const list = members.get(service);
      if (list === undefined) members.set(service, [member]);
      else list.push(member);
    }
  }
  return members;
}

function planOne(name: string, facts: MeshServiceFacts & { readonly members: readonly Member[]; readonly previous: Resource | undefined }): { readonly write?: MeshServiceWrite; readonly lookAgainAtMs?: number } {
  const { members, previous } = facts;
  if (members.length === 0) return previous === undefined ? {} : planOrphan(previous, facts);
  const labels = { 'kuma.io/display-name': name, 'kuma.io/managed-by': MANAGED_BY };
  const spec = specOf(name, facts);
  const status = { ...(previous?.status as object | undefined), dataplaneProxies: proxyCounts(facts) };
  if (previous !== undefined && equalData(previous.spec, spec) && equalData(previous.status, status) && previous.labels[GRACE_LABEL] === undefined) return {};
  return { write: { op: 'put', name, previous, labels, spec, status } };
}

function planOrphan(previous: Resource, { nowMs, gracePeriodMs }: MeshServiceFacts): { readonly write?: MeshServiceWrite; readonly lookAgainAtMs?: number } {
  const startedMs = parseStamp(previous.labels[GRACE_LABEL]);
  if (startedMs !== undefined && nowMs - startedMs >= gracePeriodMs) return { write: { op: 'delete', name: previous.name } };
  if (startedMs !== undefined) return { lookAgainAtMs: startedMs + gracePeriodMs };
  const labels = { ...previous.labels, [GRACE_LABEL]: stamp(nowMs) };
  const status = { ...(previous.status as object | undefined), dataplaneProxies: {} };
  const spec = { ...(previous.spec as object), state: 'Unavailable' };
  return { write: { op: 'put', name: previous.name, previous, labels, spec, status }, lookAgainAtMs: nowMs + gracePeriodMs };
}

function specOf(name: string, facts: MeshServiceFacts & { readonly members: readonly Member[] }): unknown {
  const ports = new Map<string, unknown>();
  for (const { inbounds } of [...facts.members].sort((a, b) => compareText(a.dataplane.name, b.dataplane.name))) {
    for (const { name: given, port, protocol, tags } of inbounds) {
      const portName = given ?? String(port);
      if (!ports.has(portName)) ports.set(portName, { appProtocol: protocol ?? tags?.['kuma.io/protocol'] ?? 'tcp', name: portName, port, targetPort: port });
    }
  }
  return {
    identities: [{ type: 'ServiceTag', value: name }],
    ports: [...ports.entries()].sort(([a], [b]) => compareText(a, b)).map(([, port]) => port),
    selector: { dataplaneTags: { 'kuma.io/service': name } },
    state: healthy(facts) > 0 ? 'Available' : 'Unavailable',
  };
}

function proxyCounts(facts: MeshServiceFacts & { readonly members: readonly Member[] }): unknown {
  const connected = facts.members.filter(({ dataplane }) => facts.isConnected(dataplane)).length;
  const ready = healthy(facts);
  return { ...(connected > 0 && { connected }), ...(ready > 0 && { healthy: ready }), total: facts.members.length };
}

function healthy({ members }: { readonly members: readonly Member[] }): number {
  return members.filter(({ inbounds }) => inbounds.every(({ state, health }) => (state ?? 'Ready') === 'Ready' && health?.ready !== false)).length;
}

function isGenerated({ labels }: Resource): boolean {
  return labels['kuma.io/managed-by'] === MANAGED_BY;
}

// A label's value may hold no colon.
function stamp(ms: number): string {
  return new Date(ms).toISOString().replaceAll(':', '-');
}

function parseStamp(text: string | undefined): number | undefined {
  const found = /^(\d{4}-\d{2}-\d{2}T\d{2})-(\d{2})-(\d{2}\.\d{3}Z)$/.exec(text ?? '');
  return found === null ? undefined : Date.parse(`${found[1] ?? ''}:${found[2] ?? ''}:${found[3] ?? ''}`);
}
