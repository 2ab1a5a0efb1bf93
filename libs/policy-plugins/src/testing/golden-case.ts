import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toJson, type JsonObject } from '@bufbuild/protobuf';
import { buildAdmin, buildDirectAccess, buildDirectAccessCluster, buildDns, buildDynamicConfigListener, buildEndpoints, buildProbes, NameRecords, typeOrder, type EnvoyResource, type OutboundContext, type ProxyContext } from '@weft/envoy-builders';
import { envoyRegistry } from '@weft/envoy-proto/registry.js';
import type { DestinationView, DirectAccessView, DnsView, EgressContext, EgressDestination, EgressListenerView, EndpointsView, InboundView, IngressDestination, IngressListenerView, ListenerProxy, NameView, OutboundView, ProbesView, ProxyView } from '@weft/proxy-view';
import { parse } from 'yaml';
import { buildLogCollector, outboundLogCollectors, ownLogCollectors } from '../mesh-access-log/log-collectors.ts';
import { metricDocument } from '../mesh-metric/metric-document.ts';
import { buildMetrics } from '../mesh-metric/metric-listeners.ts';
import { buildTraceCollector, traceCollector } from '../mesh-trace/trace-collector.ts';
import { buildCluster, buildEgress, buildEgressCluster, buildInbound, buildIngress, buildOutbound, buildTransparentProxy, finishedChanges } from '../build.ts';

/** Where the cases are: one folder each, `input.yaml` (views), `expected.yaml` (what is built) and, for some, `recorded.yaml` (what Kuma 2.14.3 sent). */
export const CASES = fileURLToPath(new URL('../../testdata/', import.meta.url));

/** Names of all cases. */
export function caseNames(): string[] {
  return readdirSync(CASES, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

/** `input.yaml`: views of one proxy. `proxy` turns on the resources of the machine itself. */
export interface CaseInput {
  readonly context: ProxyContext & OutboundContext;
  readonly inbounds?: readonly InboundView[];
  readonly outbounds?: readonly OutboundView[];
  readonly destinations?: readonly DestinationView[];
  readonly endpoints?: readonly EndpointsView[];
  /** A listener of a Dataplane that takes connections from other zones. */
  readonly ingress?: { readonly listener: IngressListenerView; readonly proxy: ListenerProxy; readonly destinations: readonly IngressDestination[] };
  /** An egress with its ways out. */
  readonly egress?: { readonly listener: EgressListenerView; readonly context: EgressContext; readonly destinations: readonly EgressDestination[] };
  /** Confs about the proxy as a whole, by policy type. */
  readonly confs?: ProxyView['confs'];
  readonly proxy?: { readonly admin?: ProxyView['client']['admin']; readonly readinessPort?: number; readonly adminPort?: number; readonly features?: readonly string[]; readonly dns?: DnsView; readonly names?: readonly NameView[]; readonly workdir?: string; readonly probes?: ProbesView; readonly directAccess?: readonly DirectAccessView[] };
}

/** Builds all resources of a case; a name that is built twice is a fault of the case or of the builders. */
export function buildCase(name: string): EnvoyResource[] {
  return buildInput(name, readCase(name));
}

/** The views of a case. */
export function readCase(name: string): CaseInput {
  return parse(readFileSync(`${CASES}${name}/input.yaml`, 'utf8')) as CaseInput;
}

/** Builds all resources of views that belong to the case of this name. */
export function buildInput(name: string, input: CaseInput): EnvoyResource[] {
  const { context, inbounds = [], outbounds = [], destinations = [], endpoints = [] } = input;
  const changes = finishedChanges(input.confs ?? {});
  const change = (origin: string, made: readonly EnvoyResource[]): readonly EnvoyResource[] => changes.reduce((list, each) => each.change(origin, list), made);
  const resources = [
    ...inbounds.flatMap((view) => change('inbound', buildInbound(view, context))),
    ...outbounds.flatMap((view) => change('outbound', buildOutbound(view, context))),
    ...destinations.flatMap((view) => change('outbound', [buildCluster(view, context)])),
    ...[...new Map([...ownLogCollectors(inbounds, input.confs ?? {}), ...outboundLogCollectors(outbounds)].map((each) => [JSON.stringify(each), each])).values()].map((each) => buildLogCollector(each, context.unifiedNaming)),
    ...[traceCollector(context.telemetry?.trace)].flatMap((each) => (each === undefined ? [] : [buildTraceCollector(each, context.unifiedNaming)])),
    ...changes.flatMap(({ change: add, additions }) => add(additions, [])),
    ...endpoints.map(buildEndpoints),
    ...(input.ingress === undefined ? [] : buildIngress(input.ingress.listener, input.ingress.destinations, input.ingress.proxy)),
    ...(input.egress === undefined ? [] : ofTheEgress(input.egress)),
    ...(input.proxy === undefined ? [] : ofTheMachine(input, input.proxy)),
  ].sort((a, b) => typeOrder(a) - typeOrder(b) || (a.name < b.name ? -1 : 1));
  const ids = resources.map((resource) => `${resource.type} ${resource.name}`);
  if (new Set(ids).size !== ids.length) throw new Error(`case ${name} builds a resource twice: ${ids.join(', ')}`);
  return resources;
}

function ofTheEgress({ listener, context, destinations }: NonNullable<CaseInput['egress']>): EnvoyResource[] {
  return [...buildEgress(listener, { destinations, beyond: [] }, context), ...destinations.map((destination) => buildEgressCluster(destination, context))];
}

function ofTheMachine({ context, inbounds = [], confs = {} }: CaseInput, proxy: NonNullable<CaseInput['proxy']>): EnvoyResource[] {
  const { dns, names = [], workdir = '' } = proxy;
  const view: ProxyView = {
    key: { mesh: context.mesh.name, name: 'proxy' }, mesh: context.mesh, unifiedNaming: context.unifiedNaming, address: context.proxyAddress, adminPort: proxy.adminPort ?? 9901,
    transparentProxy: context.transparentProxy, confs, inbounds, serviceless: false, outboundGroup: { key: '', outbounds: [], destinations: [], directAccess: [], names }, dns, secrets: [], ...(context.telemetry !== undefined && { telemetry: context.telemetry }),
    client: {
      key: { mesh: context.mesh.name, name: 'proxy' }, features: new Set(proxy.features ?? (context.reusePort ? ['feature-reuse-port'] : [])), admin: proxy.admin, readinessPort: proxy.readinessPort,
      dnsPort: undefined, workdir, ipv6Enabled: context.ipv6Enabled, transparentProxy: context.transparentProxy,
    },
  };
  const answers = dns === undefined ? [] : [buildDns(NameRecords.of(names, dns.ipv6), dns)];
  const document = metricDocument(view);
  const documents = { names: dns?.by === 'agent', own: document === undefined ? [] : [document] };
  const dynamic = documents.names || documents.own.length > 0 ? [buildDynamicConfigListener(workdir, context.unifiedNaming, documents)] : [];
  const direct = (proxy.directAccess ?? []).map(buildDirectAccess);
  const probes = proxy.probes === undefined ? [] : [buildProbes(proxy.probes, { address: context.proxyAddress, unifiedNaming: context.unifiedNaming, ipv6Enabled: context.ipv6Enabled, reusePort: context.reusePort })];
  return [...dynamic, ...buildMetrics(view), ...probes, ...buildAdmin(view), ...buildTransparentProxy(view), ...answers, ...direct, ...(direct.length > 0 ? [buildDirectAccessCluster(context)] : [])];
}

/** The resource in the JSON form of its message, with the field names of the .proto files. */
export function resourceJson(resource: EnvoyResource): JsonObject {
  return toJson(resource.schema, resource.message, { registry: envoyRegistry, useProtoFieldName: true }) as JsonObject;
}
