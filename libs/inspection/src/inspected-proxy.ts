import { caSecretName, hashSni, identitySecretName, kriSni, matchesHash, resourceClusterName, tagClusterName, tagSni } from '@weft/envoy-builders';
import { compareText } from '@weft/kernel';
import type { MeshIndex } from '@weft/mesh-index';
import { comparePolicies, mergeConfs, type Origin, type Policy, type ToRulesContext } from '@weft/policy-engine';
import { findProxy, type KnownProxy, type Naming, type ProxyClient, type ProxyKey } from '@weft/proxy-view';
import type { Resource, ResourceKey } from '@weft/resource-model';

/** What an inspection reads. */
export interface InspectionSources {
  /** Holds the proxy's mesh: its policies, services, identities and addresses, and the Dataplane itself. Other Dataplanes are not looked at. */
  readonly index: MeshIndex;
  /** The resource that a rule came from. */
  readonly resource: (key: ResourceKey) => Pick<Resource, 'labels'> | undefined;
  /** Whether some Dataplane offers a service by this `kuma.io/service`. */
  readonly offersService: (service: string) => boolean;
}

/** What a proxy's agent said of itself, as far as it decides which outbounds there are. */
export interface InspectedClient {
  readonly features: readonly string[];
  /** The agent's redirection, where it reports one. */
  readonly redirected: boolean;
}

/** One proxy with everything that its inspection is made from. */
export interface InspectedProxy {
  readonly sources: InspectionSources;
  readonly known: KnownProxy;
  /** Policies that select the proxy, by type, in the order in which types take effect; each list in ascending precedence. */
  readonly types: readonly InspectedType[];
}

/** The policies of one type that select a proxy. */
export interface InspectedType {
  readonly name: string;
  readonly policies: readonly Policy[];
  /** Those that select each inbound. */
  readonly perInbound: readonly (readonly Policy[])[];
  /** Those that select each listener of a zone proxy. */
  readonly perListener: readonly (readonly Policy[])[];
}

/** A resource that a rule came from, or is about. */
export interface Meta {
  readonly labels: Readonly<Record<string, string>>;
  readonly mesh: string;
  readonly name: string;
  readonly type: string;
}

const NAMING: Naming = { tagClusterName, resourceClusterName, tagSni, hashSni, kriSni, matchesHash, identitySecretName, caSecretName };

/** Finds a proxy and what selects it; undefined where its Dataplane or mesh is not in the index. */
export function inspectProxy(sources: InspectionSources, key: ProxyKey, client: InspectedClient): InspectedProxy | undefined {
  const known = findProxy({ index: sources.index, naming: NAMING, tlsReady: () => true }, proxyClient(key, client));
  if (known === undefined) return undefined;
  const types = [...known.matched]
    .map(([name, { policies, perInbound, perListener }]) => ({ name, policies: [...policies].sort(comparePolicies), perInbound, perListener, order: policies[0]?.traits.order ?? 0 }))
    .sort((a, b) => a.order - b.order || compareText(a.name, b.name));
  return { sources, known, types };
}

/** Where rules of `to` find routes and services. */
export function toRulesContext({ known: { mesh } }: InspectedProxy): ToRulesContext {
  return { catalog: mesh, routes: (name) => mesh.route(name), matchesHash };
}

/** The policy that a rule came from. */
export function originMeta({ sources }: InspectedProxy, { resource: { type, mesh, name } }: Origin): Meta {
  return { labels: sources.resource({ type, mesh, name })?.labels ?? {}, mesh, name, type };
}

/** Policies that rules came from, each once, in the order in which they were merged. */
export function originMetas(proxy: InspectedProxy, origins: readonly Origin[]): readonly Meta[] {
  return distinctBy(origins, ({ kri }) => kri).map((origin) => originMeta(proxy, origin));
}

/** The merged conf of policies about the proxy as a whole; undefined for other types. */
export function wholeConf({ policies }: InspectedType): unknown {
  return policies[0]?.traits.singleItem === true ? mergeConfs(policies.map(({ conf }) => conf)) : undefined;
}

/** KRIs of policies that rules came from, each once. */
export function originKris(origins: readonly Pick<Origin, 'kri'>[]): readonly { readonly kri: string }[] {
  return distinctBy(origins, ({ kri }) => kri).map(({ kri }) => ({ kri }));
}

function distinctBy<T>(values: readonly T[], key: (value: T) => string): readonly T[] {
  return [...new Map([...values].map((value) => [key(value), value])).values()];
}

const REDIRECTION = { inboundPort: 15006, outboundPort: 15001, ipv4: true, ipv6: false } as const;

function proxyClient(key: ProxyKey, { features, redirected }: InspectedClient): ProxyClient {
  return {
    key, features: new Set(features), admin: undefined, readinessPort: undefined, dnsPort: undefined, workdir: '', ipv6Enabled: false,
    transparentProxy: redirected ? REDIRECTION : undefined,
  };
}
