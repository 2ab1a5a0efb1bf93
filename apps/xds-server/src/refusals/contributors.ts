import type { EngineKnowledge, ProxyConfig } from '@weft/config-pipeline';
import { readDataplane } from '@weft/mesh-index';
import { readPolicy, selectProxy, type Policy } from '@weft/policy-engine';
import { weftRegistry } from '@weft/policy-model';
import type { ProxyClient } from '@weft/proxy-view';
import { resourceId, type DataplaneSpec, type Resource, type ResourceId } from '@weft/resource-model';
import { ScratchEngine } from '../preview/scratch-engine.ts';
import { Slices } from '../preview/slices.ts';
import type { Refusal } from './refusals.ts';

/** No further policy is tried after this time. */
const BUDGET_MS = 20_000;

const ROUTE = 'MeshHTTPRoute';

/** A policy as stored, and as it selects; those of the first generation are tried for every proxy. */
interface Candidate {
  readonly resource: Resource;
  readonly policy: Policy | undefined;
}

/**
 * Finds the policies that contributed to what proxies of a mesh refuse: those without which it would be built
 * differently. That is tried, one policy after the other, on a second engine; so it holds for every type of policy and
 * every way in which they are merged.
 */
export class Contributors {
  readonly #slices: Slices;
  readonly #scratch: ScratchEngine;
  readonly #dataplanes: ReadonlyMap<string, Resource>;
  readonly #candidates: readonly Candidate[];
  readonly #routes: ReadonlyMap<string, Policy>;
  /** What was found for one content that the same policies went into. */
  readonly #found = new Map<string, readonly ResourceId[]>();

  private constructor(slices: Slices, scratch: ScratchEngine, { resources }: EngineKnowledge) {
    this.#slices = slices;
    this.#scratch = scratch;
    this.#dataplanes = new Map(resources.flatMap((one) => (one.type === 'Dataplane' ? [[one.name, one] as const] : [])));
    this.#candidates = resources.flatMap((resource): readonly Candidate[] => {
      const type = weftRegistry.byName(resource.type);
      return type?.policy === undefined ? [] : [{ resource, policy: readPolicy(resource, type) }];
    });
    this.#routes = new Map(this.#candidates.flatMap(({ policy }) => (policy?.type === ROUTE ? [[policy.displayName, policy] as const] : [])));
  }

  /** Resolves once a second engine knows what the first one does of a mesh. */
  static async start(mesh: string, knowledge: EngineKnowledge): Promise<Contributors> {
    const slices = new Slices();
    return new Contributors(slices, await ScratchEngine.start(slices, { mesh, knowledge }), knowledge);
  }

  /** By refusal, what contributed to it; empty where no single policy decides, or the mesh has changed meanwhile. */
  async find(client: ProxyClient, refusals: readonly Refusal[]): Promise<ReadonlyMap<Refusal, readonly ResourceId[]>> {
    const candidates = this.#candidatesFor(client);
    const group = candidates.map(({ resource }) => resourceId(resource)).join(' ');
    const keyOf = ({ type, resource, version }: Refusal): string => [type ?? '', resource, version, group].join(' ');
    const open = refusals.filter((refusal) => !this.#found.has(keyOf(refusal)));
    if (open.length > 0) {
      const found = await this.#try(client, open, candidates);
      for (const refusal of open) this.#found.set(keyOf(refusal), found.get(refusal) ?? []);
    }
    return new Map(refusals.map((refusal) => [refusal, this.#found.get(keyOf(refusal)) ?? []]));
  }

  async #try(client: ProxyClient, refusals: readonly Refusal[], candidates: readonly Candidate[]): Promise<ReadonlyMap<Refusal, readonly ResourceId[]>> {
    const { config } = await this.#scratch.build(client);
    const wanted = refusals.filter((refusal) => isBuilt(config, refusal));
    const found = new Map<Refusal, ResourceId[]>(wanted.map((refusal) => [refusal, []]));
    for (const { resource } of candidates) {
      if (wanted.length === 0 || this.#slices.elapsed > BUDGET_MS) break;
      const without = await this.#scratch.try(client, [{ op: 'delete', key: resource }], [{ op: 'put', resource }]);
      for (const refusal of wanted) if (!isBuilt(without.config, refusal)) found.get(refusal)?.push(resourceId(resource));
    }
    return found;
  }

  #candidatesFor({ key }: ProxyClient): readonly Candidate[] {
    const dataplane = this.#dataplanes.get(key.name);
    if (dataplane === undefined) return [];
    const { subject } = readDataplane(dataplane as Resource<DataplaneSpec>);
    return this.#candidates.filter(({ policy }) => policy === undefined || selectProxy(policy, subject, (name) => this.#routes.get(name)) !== undefined);
  }
}

function isBuilt(config: ProxyConfig | undefined, { type, resource, version }: Refusal): boolean {
  if (type !== undefined) return config?.snapshot[type].get(resource)?.version === version;
  return config?.problems.some((problem) => problem.resource === resource && problem.reason === version) === true;
}
