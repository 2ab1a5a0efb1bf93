import { create } from '@bufbuild/protobuf';
import type { ChainDraft, InboundDraft, OutboundDraft, TransparentProxyDraft } from '@weft/envoy-builders';
import type { AccessLog, AccessLogFilter } from '@weft/envoy-proto/envoy/config/accesslog/v3/accesslog_pb.js';
import { TcpProxy_TcpAccessLogOptionsSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { canonicalJson, groupBy } from '@weft/kernel';
import type { InboundPolicyRules, ListenerProxy, TelemetryView } from '@weft/proxy-view';
import { confOf, objects, type Conf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { accessLogger, type LoggerContext } from './access-logger.ts';
import { addToTerminal } from './finished-terminal.ts';
import { expressionFilter, matchExpression, routeExpression } from './log-filter.ts';

const TYPE = 'MeshAccessLog';

/**
 * MeshAccessLog: a line per request or connection. Rules of an inbound add to each other; of an outbound's conf the most
 * specific counts, a route's own before that of the service.
 */
export const meshAccessLog: PolicyPlugin = {
  type: TYPE, inbound: logInbound, outbound: logOutbound, transparentProxy: logOutside,
  egress: ({ view, ctx, chain }) => ctx.proxy !== undefined && logListener(view.rules?.[TYPE], chain, ctx.proxy),
  passage: ({ rules, chain, proxy }) => logListener(rules[TYPE], chain, proxy),
};

function logInbound({ view, ctx, chains }: InboundDraft): void {
  const rules = view.rules[TYPE]?.inbound ?? [];
  const telemetry = ctx.telemetry ?? unknownSource(ctx.proxyAddress);
  for (const chain of chains) {
    // The caller is not known by name here: what it says of itself does not count.
    const facts = { ...proxyFacts(telemetry, ctx.mesh.name), sourceService: 'unknown', destinationService: view.service ?? telemetry.source.service, direction: 'INBOUND' } as const;
    const context: LoggerContext = { kind: chain.terminal.kind, facts, telemetry, unifiedNaming: ctx.unifiedNaming };
    logRules(chain, rules, context);
  }
}

/** Where connections enter a zone, or leave the mesh: neither end is known by name. Such connections may last: their line is written when they begin, too. */
function logListener({ inbound }: InboundPolicyRules = { inbound: [], from: [] }, chain: ChainDraft, { mesh, telemetry, unifiedNaming }: ListenerProxy): void {
  if (inbound.length === 0) return;
  const facts = { ...proxyFacts(telemetry, mesh), sourceService: 'unknown', destinationService: 'unknown', direction: 'UNSPECIFIED' } as const;
  logRules(chain, inbound, { kind: 'tcp', facts, telemetry, unifiedNaming });
  if (chain.terminal.kind === 'tcp') chain.terminal.proxy.accessLogOptions = create(TcpProxy_TcpAccessLogOptionsSchema, { flushAccessLogOnConnected: true });
}

/** Each rule has loggers of its own. */
function logRules(chain: ChainDraft, rules: InboundPolicyRules['inbound'], context: LoggerContext): void {
  for (const { conf, match } of rules) {
    const expression = matchExpression(match);
    addLogs(chain, loggers(conf, context, expression === undefined ? undefined : expressionFilter(expression)));
  }
}

function logOutbound({ view, ctx, names, chain, routes }: OutboundDraft): void {
  const telemetry = ctx.telemetry ?? unknownSource('');
  const facts = { ...proxyFacts(telemetry, ctx.mesh.name), sourceService: telemetry.source.service, destinationService: names.virtualHost, direction: 'OUTBOUND' } as const;
  const context: LoggerContext = { kind: chain.terminal.kind, facts, telemetry, unifiedNaming: ctx.unifiedNaming };
  const own = routes.filter((route) => route.view.conf[TYPE] !== undefined);
  const ownNames = [...new Set(own.map((route) => route.view.name))];
  addLogs(chain, loggers(view.conf[TYPE], context, own.length === 0 ? undefined : expressionFilter(routeExpression(ownNames, false))));
  for (const some of groupBy(own, (route) => canonicalJson(route.view.conf[TYPE])).values()) {
    addLogs(chain, loggers(some[0]?.view.conf[TYPE], context, expressionFilter(routeExpression([...new Set(some.map((route) => route.view.name))], true))));
  }
}

/** What leaves the mesh, by whichever chain. Whoever is called there has no name in the mesh. */
function logOutside({ view, outbound }: TransparentProxyDraft, conf: Conf): void {
  const telemetry = view.telemetry ?? unknownSource(view.address);
  const facts = { ...proxyFacts(telemetry, view.mesh.name), sourceService: telemetry.source.service, destinationService: 'external', direction: 'OUTBOUND' } as const;
  const logsOf = (kind: 'http' | 'tcp'): AccessLog[] => loggers(conf, { kind, facts, telemetry, unifiedNaming: view.unifiedNaming }, undefined);
  for (const { listener } of outbound) {
    const chains = [...listener.filterChains, ...(listener.defaultFilterChain === undefined ? [] : [listener.defaultFilterChain])];
    for (const filter of chains.flatMap(({ filters }) => filters)) addToTerminal(filter, logsOf);
  }
}

function loggers(conf: unknown, context: LoggerContext, filter: AccessLogFilter | undefined): AccessLog[] {
  return objects(confOf(conf)['backends']).flatMap((backend) => {
    const log = accessLogger(backend, context);
    if (log === undefined) return [];
    if (filter !== undefined) log.filter = filter;
    return [log];
  });
}

function addLogs({ terminal }: ChainDraft, logs: readonly AccessLog[]): void {
  const target = terminal.kind === 'http' ? terminal.hcm : terminal.proxy;
  target.accessLog.push(...logs);
}

function proxyFacts({ zone, source }: TelemetryView, mesh: string): Pick<LoggerContext['facts'], 'mesh' | 'zone' | 'workload' | 'sourceAddress'> {
  return { mesh, zone, workload: source.workload, sourceAddress: source.address };
}

function unknownSource(address: string): TelemetryView {
  return { zone: '', source: { address, service: 'unknown', workload: '' } };
}
