import { canonicalJson, contentHash } from '@weft/kernel';
import { convertLegacy, type Conversion } from '@weft/policy-model';
import { keyOf, type Resource, type ResourceKey, type ResourceType } from '@weft/resource-model';
import { displayName } from '../labels.ts';
import { kriOf } from '../kri.ts';

type Tags = Readonly<Record<string, string>>;

/** A policy of the first generation read once: whom it is about by tags, and what it means in the present terms. */
export interface LegacyPolicy {
  /** Equal for equal content: identity, version and time of creation. */
  readonly uid: string;
  readonly key: ResourceKey;
  readonly displayName: string;
  readonly kri: string;
  readonly creationTime: string;
  /** Any of them selects; values may be `*`. `sources` of policies about single proxies are their selectors. */
  readonly sources: readonly Tags[];
  readonly destinations: readonly Tags[];
  readonly conversion: Conversion;
  /** As it is stored, for when the Mesh changes. */
  readonly spec: unknown;
}

interface LegacySpec {
  readonly sources?: readonly { readonly match: Tags }[];
  readonly destinations?: readonly { readonly match: Tags }[];
  readonly selectors?: readonly { readonly match: Tags }[];
}

/** Reads a stored policy; undefined where the type is none of the first generation, or means nothing. `mesh`: spec of its Mesh. */
export function readLegacyPolicy(resource: Resource, type: ResourceType, mesh?: unknown): LegacyPolicy | undefined {
  const conversion = type.form === 'inline' && type.policy !== undefined ? convertLegacy(resource.type, resource.spec, mesh) : undefined;
  if (conversion === undefined) return undefined;
  const { sources, destinations, selectors } = resource.spec as LegacySpec;
  const tagsOf = (list: LegacySpec['sources']): readonly Tags[] => (list ?? []).map(({ match }) => match);
  return {
    uid: uidOf(`${resource.type}/${resource.mesh}/${resource.name}@${resource.version}#${resource.creationTime}`, conversion),
    key: keyOf(resource),
    displayName: displayName(resource),
    kri: kriOf(resource, resource.type.toLowerCase()),
    creationTime: resource.creationTime,
    sources: tagsOf(sources ?? selectors),
    destinations: tagsOf(destinations),
    conversion,
    spec: resource.spec,
  };
}

/** The same policy in a Mesh that has changed: the Mesh holds the backends of logs and traces. */
export function inMesh(policy: LegacyPolicy, mesh: unknown): LegacyPolicy {
  const conversion = convertLegacy(policy.key.type, policy.spec, mesh);
  return conversion === undefined ? policy : { ...policy, conversion, uid: uidOf(policy.uid.split('!')[0] ?? '', conversion) };
}

/** The Mesh has a part in what it means. */
function uidOf(stored: string, conversion: Conversion): string {
  return `${stored}!${contentHash(canonicalJson(conversion.parts))}`;
}
