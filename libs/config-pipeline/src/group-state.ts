import type { OutboundContext } from '@weft/envoy-builders';
import type { EndpointSetKey, MeshState } from '@weft/mesh-index';
import { groupBy } from '@weft/kernel';
import { backendRefsOf } from '@weft/policy-engine';
import { outboundGroupSteps, type DestinationView, type DnsView, type OutboundGroup, type ProxyClass, type ViewSources } from '@weft/proxy-view';
import { changedGenerators, maySeverClusters } from './changed-generators.ts';
import type { EndpointsGenerator, Generator as ConfigGenerator, NamesGenerator, Unit } from './generator.ts';
import { finishLayerSteps, type FinishedLayer, type Layer } from './layer.ts';
import { NamesState, type NameTable } from './names-state.ts';
import type { BuiltUnit, ResourceFactory } from './resource-factory.ts';
import { withReplaced } from './stacked-map.ts';

/** What one step may cost: a view or a unit that is known costs 1 (some 40 microseconds), a unit that must be built 10. */
const STEP_BUDGET = 100;
const COST_OF_BUILD = 10;

/** What all groups of an engine work with. */
export interface GroupTools {
  readonly sources: ViewSources;
  readonly factory: ResourceFactory;
  readonly generators: readonly ConfigGenerator[];
}

/** A group that is complete. */
interface Made {
  readonly group: OutboundGroup;
  readonly names: NameTable;
  readonly finished: FinishedLayer;
  readonly destinations: ReadonlyMap<EndpointSetKey, readonly DestinationView[]>;
}

/** What the proxies of one class share: its outbounds, built in steps, with endpoints that are refreshed on their own. */
export class GroupState {
  readonly class: ProxyClass;
  /** Ids of the proxies that use it. */
  readonly members = new Set<string>();
  readonly #tools: GroupTools;
  #group: OutboundGroup | undefined;
  #finished: FinishedLayer | undefined;
  #previous: ReadonlyMap<string, BuiltUnit>;
  /** Under construction: yields what each part has cost. */
  #work: Generator<number, Made> | undefined;
  #stale = true;
  #dirty = new Set<EndpointSetKey>();
  #destinations: ReadonlyMap<EndpointSetKey, readonly DestinationView[]> = new Map();
  readonly #names = new NamesState();
  readonly #routedTo: ReadonlySet<string>;
  readonly #severed: boolean;

  /** `previous`: good units of the group that its first proxy comes from, to fall back on. */
  constructor(tools: GroupTools, proxies: ProxyClass, previous: ReadonlyMap<string, BuiltUnit>) {
    this.#tools = { ...tools, generators: changedGenerators(tools.generators, proxies.confs) };
    this.class = proxies;
    this.#severed = maySeverClusters(proxies);
    this.#previous = previous;
    this.#routedTo = new Set([...proxies.policies.values()].flatMap((policies) => policies.flatMap(({ to }) => to.flatMap(({ conf }) => backendRefsOf(conf).map(({ name = '' }) => name)))));
  }

  get group(): OutboundGroup | undefined {
    return this.#group;
  }

  get layer(): Layer | undefined {
    return this.#finished?.layer;
  }

  /** What is made of the group's names for proxies that answer them like this. */
  names(dns: DnsView | undefined): FinishedLayer {
    const generator = this.#tools.generators.find(({ scope }) => scope === 'names') as NamesGenerator | undefined;
    return this.#names.layer(dns, generator, this.#tools.factory);
  }

  get problems(): FinishedLayer['problems'] {
    return this.#finished?.problems ?? [];
  }

  get good(): ReadonlyMap<string, BuiltUnit> {
    return this.#finished?.good ?? this.#previous;
  }

  /** Some steps of it are done, and more are to come. */
  get building(): boolean {
    return this.#work !== undefined;
  }

  /** Something beside endpoints has changed: everything is looked at again (what is equal is not built again). */
  invalidate(): void {
    this.#stale = true;
    this.#work = undefined;
  }

  /** The endpoints of a set have changed; false where no destination of the group takes any from it. */
  invalidateEndpoints(key: EndpointSetKey): boolean {
    if (this.#stale) return true;
    // While it is under construction, its destinations are not known yet: then any set may be one of theirs.
    const concerned = this.#work !== undefined || this.#destinations.has(key);
    if (concerned) this.#dirty.add(key);
    return concerned;
  }

  /** Whether a destination takes its endpoints from one of these sets. */
  meets(sets: ReadonlySet<EndpointSetKey>): boolean {
    return this.#group === undefined || this.#work !== undefined || [...sets].some((key) => this.#destinations.has(key));
  }

  /** Whether a service by tag is among the destinations, used or not. */
  dependsOn(service: string): boolean {
    return this.class.vips || this.#routedTo.has(service) || this.#destinations.has(`tag:${service}`) || this.#group === undefined;
  }

  /** Does one step of what is due. True once nothing is: then `layer` and `group` are current. `onView` is told of each view built. */
  step(mesh: MeshState, onView: () => void): boolean {
    if (this.#stale) {
      this.#work = this.#make(mesh);
      this.#stale = false;
      this.#dirty.clear();
      onView();
    }
    if (this.#work !== undefined && !this.#advance(this.#work)) return false;
    this.#refreshEndpoints(mesh);
    return true;
  }

  #advance(work: Generator<number, Made>): boolean {
    for (let spent = 0; spent < STEP_BUDGET;) {
      const part = work.next();
      if (part.done === true) {
        this.#complete(part.value);
        return true;
      }
      spent += part.value;
    }
    return false;
  }

  * #make(mesh: MeshState): Generator<number, Made> {
    const { group, endpoints } = yield* at(1, outboundGroupSteps(this.#tools.sources, mesh, this.class));
    const names = yield* at(STEP_BUDGET, this.#names.steps(group.names));
    const built: BuiltUnit[] = [];
    for (const unit of this.#units(group, endpoints, mesh)) {
      yield this.#tools.factory.has(unit) ? 1 : COST_OF_BUILD;
      built.push(this.#tools.factory.build(unit));
    }
    const finished = yield* at(STEP_BUDGET, finishLayerSteps(built, this.good, (type) => type === 'sds' || (type === 'cds' && this.#severed)));
    return { group, names, finished, destinations: groupBy(group.destinations, ({ clusterName }) => endpoints.get(clusterName) ?? '') };
  }

  * #units(group: OutboundGroup, sets: ReadonlyMap<string, EndpointSetKey>, mesh: MeshState): Generator<Unit> {
    const { mesh: view, unifiedNaming, reusePort, ipv6Enabled, credentials, telemetry, callerTags } = this.class;
    const own = credentials && { credentials: { identity: credentials.identity, trust: credentials.trust, clients: [] } };
    const context: OutboundContext = { mesh: view, unifiedNaming, reusePort, ipv6Enabled, ...own, ...(telemetry !== undefined && { telemetry }), ...(callerTags !== undefined && { callerTags }) };
    for (const generator of this.#tools.generators) {
      if (generator.scope === 'group') yield* generator.units(group, context);
      if (generator.scope === 'endpoints') for (const destination of group.destinations) if (destination.servers === undefined) yield endpointsUnit(generator, destination, mesh, sets);
    }
  }

  #complete({ group, names, finished, destinations }: Made): void {
    this.#finished = finished;
    this.#previous = finished.good;
    this.#group = group;
    this.#names.set(names);
    this.#work = undefined;
    this.#destinations = destinations;
  }

  /** Replaces only the assignments whose content is another; the other maps stay the same objects. */
  #refreshEndpoints(mesh: MeshState): void {
    const due = [...this.#dirty];
    this.#dirty = new Set();
    const finished = this.#finished;
    if (finished === undefined || due.length === 0) return;
    const generator = this.#tools.generators.find(({ scope }) => scope === 'endpoints') as EndpointsGenerator | undefined;
    if (generator === undefined) return;
    const built = due.flatMap((key) => (this.#destinations.get(key) ?? []).filter(({ servers }) => servers === undefined).map((destination) => this.#tools.factory.build(generator.unit(destination, mesh.name, mesh.endpoints.get(key)))));
    this.#finished = withEndpoints(finished, built);
  }
}

/** The layer with these assignments in it. Where none has other content, its maps stay the same objects. */
function withEndpoints({ layer, good, problems }: FinishedLayer, built: readonly BuiltUnit[]): FinishedLayer {
  for (const unit of built) if (unit.problem === undefined) good.set(unit.id, unit);
  const ids = new Set(built.map(({ id }) => id));
  const failed = built.flatMap(({ id, problem }) => (problem === undefined ? [] : [{ resource: id, reason: problem }]));
  const changed = built.flatMap(({ resources }) => resources).filter((resource) => layer.eds.get(resource.name) !== resource);
  return {
    layer: changed.length === 0 ? layer : { ...layer, eds: withReplaced(layer.eds, changed.map((resource) => [resource.name, resource] as const)) },
    good,
    problems: [...problems.filter(({ resource }) => !ids.has(resource)), ...failed],
  };
}

function endpointsUnit(generator: EndpointsGenerator, destination: DestinationView, mesh: MeshState, sets: ReadonlyMap<string, EndpointSetKey>): Unit {
  return generator.unit(destination, mesh.name, mesh.endpoints.get(sets.get(destination.clusterName) ?? ''));
}

/** Steps as work of which each step has this cost. */
function* at<T>(cost: number, steps: Generator<void, T>): Generator<number, T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield cost;
  }
}
