import type { Resource, ResourceType } from '@weft/resource-model';
import { invalidParameter } from '../http/problem.ts';

/** Whether a resource belongs into a filtered list. */
export type Filter = (resource: Resource) => boolean;

interface Proxy {
  readonly networking?: {
    readonly inbound?: readonly { readonly tags?: Readonly<Record<string, string>> }[];
    readonly gateway?: { readonly type?: string; readonly tags?: Readonly<Record<string, string>> };
  };
}

/**
 * Reads the filters of a list: `name` (substring), `filter[labels.<key>]=<value>` (exact), and for dataplanes
 * `gateway` and `tag` (`key:value`, substring of the value). Throws `resource/invalid` for what does not exist.
 */
export function parseFilters(type: ResourceType, query: URLSearchParams, path: string): Filter {
  const filters = [nameFilter(query), labelFilter(query, path)];
  if (type.name === 'Dataplane') filters.push(gatewayFilter(query, path), tagFilter(query));
  return (resource) => filters.every((filter) => filter(resource));
}

function nameFilter(query: URLSearchParams): Filter {
  const part = query.get('name') ?? '';
  return part === '' ? () => true : ({ name }) => name.includes(part);
}

function labelFilter(query: URLSearchParams, path: string): Filter {
  const wanted = new Map<string, string>();
  for (const [key, value] of query) {
    const inside = /^filter\[(.*)\]$/s.exec(key)?.[1];
    if (inside === undefined) continue;
    if (!inside.startsWith('labels.')) throw invalidParameter(`${path}.${key}`, 'filters are only supported on labels');
    wanted.set(inside.slice('labels.'.length), value);
  }
  return ({ labels }) => [...wanted].every(([key, value]) => labels[key] === value);
}

function gatewayFilter(query: URLSearchParams, path: string): Filter {
  const wanted = query.get('gateway');
  const gatewayOf = ({ spec }: Resource): string | undefined => {
    const gateway = (spec as Proxy).networking?.gateway;
    return gateway && (gateway.type === 'BUILTIN' ? 'builtin' : 'delegated');
  };
  switch (wanted) {
    case null:
    case '':
      return () => true;
    case 'true':
      return (resource) => gatewayOf(resource) !== undefined;
    case 'false':
      return (resource) => gatewayOf(resource) === undefined;
    case 'builtin':
    case 'delegated':
      return (resource) => gatewayOf(resource) === wanted;
    default:
      throw invalidParameter(`${path}.gateway`, 'should be a valid boolean or "builtin" or "delegated"');
  }
}

function tagFilter(query: URLSearchParams): Filter {
  const wanted = query.getAll('tag').flatMap((text) => {
    const at = text.indexOf(':');
    return at < 1 ? [] : [[text.slice(0, at), text.slice(at + 1)] as const];
  });
  if (wanted.length === 0) return () => true;
  return ({ spec }) => {
    const { inbound = [], gateway } = (spec as Proxy).networking ?? {};
    const sets = [...inbound, ...(gateway ? [gateway] : [])].map(({ tags = {} }) => tags);
    return wanted.every(([key, part]) => sets.some((tags) => tags[key]?.includes(part) === true));
  };
}
