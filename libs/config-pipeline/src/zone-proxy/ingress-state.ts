import { equalData, groupBy } from '@weft/kernel';
import type { EndpointSetKey, MeshDirty, MeshState } from '@weft/mesh-index';
import { ingressDestinations, localEndpoints, type IngressDestination, type IngressForm, type IngressOffer, type ViewSources } from '@weft/proxy-view';
import { EMPTY_LAYER, finishLayerSteps, type FinishedLayer, type Layer } from '../layer.ts';
import type { BuiltUnit, ResourceFactory } from '../resource-factory.ts';
import { withReplaced } from '../stacked-map.ts';
import { ingressClusterUnit, ingressEndpointsUnit, offerOf, prepareDestination } from './ingress-units.ts';

/** What one step may cost, as for groups: a thing that is known costs 1, a unit that must be built 10. */
const STEP_BUDGET = 100;
const COST_OF_BUILD = 10;

/** Which ingresses share what is built: how they name things, and of which meshes they offer services. */
export interface IngressScope extends IngressForm {
  /** Absent: all meshes. */
  readonly mesh?: string;
}

/** What a state works with. */
export interface IngressTools {
  readonly sources: ViewSources;
  readonly factory: ResourceFactory;
}

/** What is offered of one mesh. */
interface MeshPart {
  readonly destinations: readonly IngressDestination[];
  readonly byEndpoints: ReadonlyMap<EndpointSetKey, readonly IngressDestination[]>;
  readonly units: readonly BuiltUnit[];
}

/** How much of an ingress a change concerns: which ways it offers, or only who stands at their ends. */
export type IngressImpact = 'offer' | 'endpoints' | undefined;

/** What ingresses of one scope share: clusters and endpoints, and the ways that their listeners offer. Only meshes that changed are looked at again. */
export class IngressState {
  readonly scope: IngressScope;
  /** Ids of the proxies that use it. */
  readonly members = new Set<string>();
  readonly #tools: IngressTools;
  readonly #parts = new Map<string, MeshPart>();
  readonly #stale = new Set<string>();
  readonly #dirty = new Map<string, Set<EndpointSetKey>>();
  #work: Generator<number, FinishedLayer> | undefined;
  #finished: FinishedLayer = { layer: EMPTY_LAYER, good: new Map(), problems: [] };
  #offer: IngressOffer = offerOf([]);

  constructor(tools: IngressTools, scope: IngressScope) {
    this.#tools = tools;
    this.scope = scope;
    this.invalidateAll();
  }

  /** Clusters and their endpoints. */
  get layer(): Layer {
    return this.#finished.layer;
  }

  get problems(): FinishedLayer['problems'] {
    return this.#finished.problems;
  }

  /** What listeners offer. */
  get offer(): IngressOffer {
    return this.#offer;
  }

  /** Some steps are done, and more are to come. */
  get building(): boolean {
    return this.#work !== undefined;
  }

  /** Every mesh may be another. */
  invalidateAll(): void {
    for (const mesh of [...this.#parts.keys(), ...this.#tools.sources.index.meshes.keys()]) this.#invalidate(mesh);
  }

  /** Takes in what changed in a mesh. */
  touch(mesh: string, touched: MeshDirty): IngressImpact {
    if (this.scope.mesh !== undefined && this.scope.mesh !== mesh) return undefined;
    const part = this.#parts.get(mesh);
    const state = this.#tools.sources.index.mesh(mesh);
    const others = touched.mesh || touched.identities || touched.legacy || touched.meshServices.size > 0 || touched.virtualOutbounds || touched.policies.some(({ before, after }) => isRoute((before ?? after)?.type));
    if (others || (touched.endpoints.size > 0 && (part === undefined || state === undefined || this.#stale.has(mesh))) || [...touched.endpoints].some((key) => part !== undefined && state !== undefined && reshapes(key, part, state))) {
      this.#invalidate(mesh);
      return 'offer';
    }
    const concerned = [...touched.endpoints].filter((key) => part?.byEndpoints.has(key) === true);
    if (concerned.length === 0) return undefined;
    const dirty = this.#dirty.get(mesh) ?? new Set();
    for (const key of concerned) dirty.add(key);
    this.#dirty.set(mesh, dirty);
    return 'endpoints';
  }

  /** Does one step of what is due. True once nothing is: then `layer` and `offer` are current. */
  step(): boolean {
    if (this.#stale.size > 0) this.#work ??= this.#make();
    if (this.#work !== undefined && !this.#advance(this.#work)) return false;
    this.#refreshEndpoints();
    return true;
  }

  #invalidate(mesh: string): void {
    if (this.scope.mesh !== undefined && this.scope.mesh !== mesh) return;
    this.#stale.add(mesh);
    this.#dirty.delete(mesh);
    this.#work = undefined;
  }

  #advance(work: Generator<number, FinishedLayer>): boolean {
    for (let spent = 0; spent < STEP_BUDGET;) {
      const part = work.next();
      if (part.done === true) {
        this.#finished = part.value;
        this.#offer = offerOf(this.#inOrder().flatMap(({ destinations }) => destinations));
        this.#work = undefined;
        return true;
      }
      spent += part.value;
    }
    return false;
  }

  * #make(): Generator<number, FinishedLayer> {
    for (const name of [...this.#stale].sort()) {
      const mesh = this.#tools.sources.index.mesh(name);
      const part = mesh === undefined ? undefined : yield* this.#makePart(mesh);
      if (part === undefined || part.destinations.length === 0) this.#parts.delete(name);
      else this.#parts.set(name, part);
      this.#stale.delete(name);
    }
    const steps = finishLayerSteps(this.#inOrder().flatMap(({ units }) => units), this.#finished.good, () => false);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      yield STEP_BUDGET;
    }
  }

  * #makePart(mesh: MeshState): Generator<number, MeshPart> {
    const destinations: IngressDestination[] = [];
    const units: BuiltUnit[] = [];
    const before = new Map(this.#parts.get(mesh.name)?.destinations.map((destination) => [destination.clusterName, destination]));
    for (const made of ingressDestinations(mesh, this.#tools.sources.naming, this.scope)) {
      const known = before.get(made.clusterName);
      // What is made of a destination is kept with the object.
      const destination = known !== undefined && equalData(known, made) ? known : made;
      destinations.push(destination);
      prepareDestination(destination);
      for (const unit of [ingressClusterUnit(destination), ingressEndpointsUnit(destination, mesh)]) {
        yield this.#tools.factory.has(unit) ? 1 : COST_OF_BUILD;
        units.push(this.#tools.factory.build(unit));
      }
    }
    return { destinations, byEndpoints: groupBy(destinations, ({ endpoints }) => endpoints), units };
  }

  #inOrder(): readonly MeshPart[] {
    return [...this.#parts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
  }

  /** Replaces only the assignments whose content is another. */
  #refreshEndpoints(): void {
    for (const [name, keys] of this.#dirty) {
      const mesh = this.#tools.sources.index.mesh(name);
      const part = this.#parts.get(name);
      if (mesh === undefined || part === undefined) continue;
      const built = [...keys].flatMap((key) => (part.byEndpoints.get(key) ?? []).map((destination) => this.#tools.factory.build(ingressEndpointsUnit(destination, mesh))));
      const byId = new Map(built.map((unit) => [unit.id, unit]));
      this.#parts.set(name, { ...part, units: part.units.map((unit) => byId.get(unit.id) ?? unit) });
      this.#replace(built);
    }
    this.#dirty.clear();
  }

  #replace(built: readonly BuiltUnit[]): void {
    const { layer, good, problems } = this.#finished;
    for (const unit of built) if (unit.problem === undefined) good.set(unit.id, unit);
    const changed = built.flatMap(({ resources }) => resources).filter((resource) => layer.eds.get(resource.name) !== resource);
    if (changed.length > 0) this.#finished = { layer: { ...layer, eds: withReplaced(layer.eds, changed.map((resource) => [resource.name, resource] as const)) }, good, problems };
  }
}

function isRoute(type: string | undefined): boolean {
  return type === 'MeshHTTPRoute' || type === 'MeshTCPRoute';
}

/** By tag, who is there also decides what is offered: whether the service is, and which tags tell its endpoints apart. */
function reshapes(key: EndpointSetKey, part: MeshPart, mesh: MeshState): boolean {
  if (!key.startsWith('tag:')) return false;
  const known = part.byEndpoints.get(key);
  const there = localEndpoints(mesh, key).length > 0;
  return known === undefined ? there : !there || known.some(({ chains }) => chains.length > 1);
}
