import type { MeshState } from '@weft/mesh-index';
import { backendRefsOf, SERVICE_TAG } from '@weft/policy-engine';

type Tags = Readonly<Record<string, string>>;

/** Stands for the service that was asked for. */
const WHICHEVER = '*';

const ROUTES = ['MeshHTTPRoute', 'MeshTCPRoute'] as const;

/** A backend as routes name it. */
interface TaggedRef {
  readonly name?: string | undefined;
  readonly tags?: Tags | undefined;
}

/** Subsets of services by tag that routes (TrafficRoutes too) and VirtualOutbounds of a mesh mean: clients name them in TLS. */
export class TagSubsets {
  readonly #byService = new Map<string, Tags[]>();

  constructor(mesh: MeshState) {
    for (const type of ROUTES) {
      for (const { to } of mesh.policies.get(type) ?? []) for (const { conf } of to) for (const ref of [...backendRefsOf(conf), ...mirrorsOf(conf)]) this.#add(ref.name, ref.tags);
    }
    for (const { key, spec } of mesh.legacyPolicies) if (key.type === 'TrafficRoute') for (const tags of destinationsOf(spec)) this.#add(tags[SERVICE_TAG], tags);
    for (const { tags } of mesh.virtualPorts) this.#add(tags[SERVICE_TAG], tags);
  }

  /** Of one service, in the order in which they were found; the whole service is not among them. */
  of(service: string): readonly Tags[] {
    return [...(this.#byService.get(service) ?? []), ...(this.#byService.get(WHICHEVER) ?? [])];
  }

  #add(service: string | undefined, tags: Tags | undefined): void {
    const { [SERVICE_TAG]: _service, 'kuma.io/mesh': _mesh, ...subset } = tags ?? {};
    if (service === undefined || Object.keys(subset).length === 0) return;
    const known = this.#byService.get(service);
    if (known === undefined) this.#byService.set(service, [subset]);
    else known.push(subset);
  }
}

interface Destined {
  readonly destination?: Tags;
  readonly split?: readonly { readonly destination?: Tags }[];
}

/** Where a TrafficRoute leads, by whichever of its parts. */
function destinationsOf(spec: unknown): readonly Tags[] {
  const { conf = {} } = (spec ?? {}) as { readonly conf?: Destined & { readonly http?: readonly Destined[] } };
  return [conf, ...(conf.http ?? [])].flatMap(({ destination, split = [] }) => [destination, ...split.map((part) => part.destination)].filter((tags) => tags !== undefined));
}

function mirrorsOf(conf: unknown): readonly TaggedRef[] {
  const { rules = [] } = (conf ?? {}) as { readonly rules?: readonly { readonly default?: { readonly filters?: readonly { readonly requestMirror?: { readonly backendRef?: TaggedRef } }[] } }[] };
  return rules.flatMap((rule) => (rule.default?.filters ?? []).flatMap(({ requestMirror }) => requestMirror?.backendRef ?? []));
}
