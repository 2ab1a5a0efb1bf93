import type { MeshState } from '@weft/mesh-index';
import { equalData } from '@weft/kernel';
import { backendRefsOf, buildToRules, findResourceRule, findSubsetRule, ROUTE_TAG, SERVICE_TAG, withSection, type ResourceRule, type SubsetRule, type ToRules } from '@weft/policy-engine';
import type { MergedRouteConf, Policy } from '@weft/policy-engine';
import type { BackendRef } from '@weft/policy-model';
import { withCollectors } from './collectors.ts';
import type { Naming } from './naming.ts';
import type { ProxyClass } from './proxy-class.ts';
import type { KnownTarget } from './service-target.ts';

/** Confs by policy type, as views hold them. */
export type Confs = Readonly<Record<string, unknown>>;

const ROUTES = 'MeshHTTPRoute';
const TCP_ROUTES = 'MeshTCPRoute';
const isRoute = (type: string): boolean => type === ROUTES || type === TCP_ROUTES;

/** A MeshTCPRoute's references, and the route that has the last word on them. */
export interface TcpRoute {
  readonly refs: readonly BackendRef[];
  readonly route: Policy;
}

/** Rules of `to` for a class of proxies, and what they say about each destination. */
export class OutboundRules {
  readonly #mesh: MeshState;
  readonly #byType: ReadonlyMap<string, ToRules>;
  readonly #tcpRoutes: readonly Policy[];

  constructor(mesh: MeshState, proxies: ProxyClass, naming: Naming) {
    this.#mesh = mesh;
    this.#tcpRoutes = proxies.policies.get(TCP_ROUTES) ?? [];
    const context = { catalog: mesh, routes: (name: string) => mesh.route(name), matchesHash: (matches: readonly Readonly<Record<string, unknown>>[]) => naming.matchesHash(matches) };
    this.#byType = new Map([...proxies.policies].map(([type, policies]) => [type, buildToRules(type, policies, context)]));
  }

  /** Confs for a listener or cluster; types without a rule for it are absent. */
  forTarget(known: KnownTarget): Confs {
    const confs: Record<string, unknown> = {};
    for (const [type, rules] of this.#byType) {
      const conf = isRoute(type) ? undefined : withCollectors(type, confOf(find(rules, known)), this.#mesh);
      if (conf !== undefined) confs[type] = conf;
    }
    return confs;
  }

  /** Confs for one route, where they differ from those of its listener. `name` is the Envoy route's name, `kri` its MeshHTTPRoute. */
  forRoute(known: KnownTarget, route: { readonly name: string; readonly kri: string | undefined }): Confs {
    const confs: Record<string, unknown> = {};
    for (const [type, rules] of this.#byType) {
      const own = isRoute(type) ? undefined : findForRoute(rules, known, route);
      if (own !== undefined && own !== find(rules, known)) confs[type] = withCollectors(type, confOf(own), this.#mesh);
    }
    return confs;
  }

  /** The merged MeshHTTPRoute for a destination. A real service falls back to the rules for its service tag. */
  routes(known: KnownTarget): MergedRouteConf | undefined {
    return confOf(this.#findRoute(ROUTES, known)) as MergedRouteConf | undefined;
  }

  /** The MeshTCPRoute for a destination, found the same way. */
  tcpRoute(known: KnownTarget): TcpRoute | undefined {
    const rule = this.#findRoute(TCP_ROUTES, known);
    const refs = backendRefsOf(confOf(rule));
    // A list of rules replaces that of less precedence, so the last that has any is the one.
    const routes = (rule?.origins ?? []).flatMap(({ resource, ruleIndex }) => this.#tcpRoutes.filter(({ key, to }) => equalData(key, resource) && backendRefsOf(to[ruleIndex]?.conf).length > 0));
    const route = routes.at(-1);
    return route === undefined ? undefined : { refs, route };
  }

  #findRoute(type: string, known: KnownTarget): AnyRule | undefined {
    const rules = this.#byType.get(type);
    return rules && (find(rules, known) ?? findSubsetRule(rules.legacy, { [SERVICE_TAG]: known.service }));
  }
}

type AnyRule = SubsetRule | ResourceRule;

function find(rules: ToRules, { target, service }: KnownTarget): AnyRule | undefined {
  if (target.kind === 'tag') return findSubsetRule(rules.legacy, { [SERVICE_TAG]: service });
  return findResourceRule(rules.resources, { kri: target.kri, section: target.sectionName });
}

function findForRoute(rules: ToRules, { target, service }: KnownTarget, { name, kri }: { readonly name: string; readonly kri: string | undefined }): AnyRule | undefined {
  if (target.kind === 'tag') return findSubsetRule(rules.legacy, { [SERVICE_TAG]: service, [ROUTE_TAG]: name });
  return kri === undefined ? undefined : findResourceRule(rules.resources, { kri: target.kri, section: target.sectionName, route: withSection(kri, '') });
}

function confOf(rule: AnyRule | undefined): unknown {
  if (rule === undefined) return undefined;
  return 'subset' in rule ? rule.conf : rule.conf[0];
}
