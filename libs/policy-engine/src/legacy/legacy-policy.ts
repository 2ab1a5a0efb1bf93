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
}

interface LegacySpec {
  readonly sources?: readonly { readonly match: Tags }[];
  readonly destinations?: readonly { readonly match: Tags }[];
  readonly selectors?: readonly { readonly match: Tags }[];
}

/** Reads a stored policy; undefined where the type is none of the first generation, or means nothing yet. */
export function readLegacyPolicy(resource: Resource, type: ResourceType): LegacyPolicy | undefined {
  const conversion = type.form === 'inline' && type.policy !== undefined ? convertLegacy(resource.type, resource.spec) : undefined;
  if (conversion === undefined) return undefined;
  const { sources, destinations, selectors } = resource.spec as LegacySpec;
  const tagsOf = (list: LegacySpec['sources']): readonly Tags[] => (list ?? []).map(({ match }) => match);
  return {
    uid: `${resource.type}/${resource.mesh}/${resource.name}@${resource.version}#${resource.creationTime}`,
    key: keyOf(resource),
    displayName: displayName(resource),
    kri: kriOf(resource, resource.type.toLowerCase()),
    creationTime: resource.creationTime,
    sources: tagsOf(sources ?? selectors),
    destinations: tagsOf(destinations),
    conversion,
  };
}
