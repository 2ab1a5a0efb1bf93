import type { TargetRef } from '@weft/policy-model';
import { formatKri, KRI_SHORT, withSection } from './kri.ts';
import { selects } from './labels.ts';
import type { Policy } from './policy.ts';

/** Kinds of resources that `to` and backendRefs may refer to. */
export type ReferredKind = keyof typeof KRI_SHORT;

/** One resource that policies can refer to. */
export interface CatalogItem {
  readonly kind: ReferredKind;
  /** Name as stored: with a hash, where it was synced from elsewhere. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** KRI without a section. */
  readonly kri: string;
  readonly creationTime: string;
  readonly ports: readonly { readonly name: string | undefined; readonly port: number }[];
}

/** The resources of a mesh that policies can refer to. */
export interface Catalog {
  list(kind: ReferredKind): readonly CatalogItem[];
}

/** What a reference resolves to: `item` is undefined where a name was given and no such resource exists. */
export interface Resolved {
  readonly kri: string;
  /** Port name, or number where unnamed; empty for the whole resource. */
  readonly section: string;
  readonly item: CatalogItem | undefined;
}

/** Resources that a targetRef of `policy` means. A name means one resource of the policy's own zone; labels mean all that carry them. */
export function resolveTarget(ref: TargetRef, policy: Policy, catalog: Catalog): readonly Resolved[] {
  const kind = ref.kind;
  if (!isReferred(kind)) return [];
  const items = catalog.list(kind);
  const { sectionName = '' } = ref;
  if (ref.labels !== undefined) return items.filter(({ labels }) => selects(ref.labels ?? {}, labels)).flatMap((item) => sectionsOf(item.kri, item, sectionName));
  const kri = namedKri(kind, ref, policy);
  const item = items.find((candidate) => candidate.kri === kri);
  return item === undefined && sectionName === '' ? kubernetesName(ref, items) ?? [{ kri, section: '', item }] : sectionsOf(kri, item, sectionName);
}

function sectionsOf(kri: string, item: CatalogItem | undefined, section: string): readonly Resolved[] {
  if (section === '') return [{ kri, section, item }];
  return (item?.ports ?? []).filter((port) => port.name === section || String(port.port) === section)
    .map(({ name, port }) => ({ kri: withSection(kri, name ?? String(port)), section: name ?? String(port), item }));
}

/** KRI of what a reference by name means: mesh and zone of the policy, its namespace unless another is given. */
export function namedKri(kind: ReferredKind, ref: Pick<TargetRef, 'name' | 'namespace'>, policy: Pick<Policy, 'mesh' | 'zone' | 'namespace'>): string {
  return formatKri({ short: KRI_SHORT[kind], mesh: policy.mesh, zone: policy.zone, namespace: ref.namespace ?? policy.namespace, name: ref.name ?? '' });
}

/** Names such as `orders_shop_svc_8080`, which stood for Kubernetes services before MeshService. */
const KUBERNETES_NAME = /^([^_]+)_([^_]+)_svc(?:_(\d+))?$/;

function kubernetesName(ref: TargetRef, items: readonly CatalogItem[]): readonly Resolved[] | undefined {
  const parts = ref.kind === 'MeshService' ? KUBERNETES_NAME.exec(ref.name ?? '') : null;
  if (parts === null) return undefined;
  const labels = { 'kuma.io/display-name': parts[1] ?? '', 'k8s.kuma.io/namespace': parts[2] ?? '' };
  return items.filter((item) => selects(labels, item.labels)).flatMap((item) => sectionsOf(item.kri, item, parts[3] ?? ''));
}

function isReferred(kind: string): kind is ReferredKind {
  return kind in KRI_SHORT;
}
