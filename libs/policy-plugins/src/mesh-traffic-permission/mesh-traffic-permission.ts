import { addClusters, addTlsInspector, statName, type ChainDraft, type EgressDraft, type InboundDraft } from '@weft/envoy-builders';
import { HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashes } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { EgressPermission, InboundRule } from '@weft/proxy-view';
import { compareText } from '@weft/kernel';
import { confOf, objects, textOf, type Conf } from '../conf.ts';
import { serverCluster } from '../external-server.ts';
import { authorizerFilter, authorizersOf } from '../mesh-external-authorization/authorizers.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { denialLog } from '../refusal-logs/refusal-logs.ts';
import { fromDecision } from './from-decision.ts';
import { rulesDecision } from './rules-decision.ts';
import { readsPath, requestRules } from '../mesh-request-permission/request-rules.ts';
import { DEFAULT_DENIAL, decideOnRoutes, httpRbacFilter, networkRbacFilter, withPermitted, type Decision } from '../rbac/rbac-filter.ts';

const TYPE = 'MeshTrafficPermission';
const REQUESTS = 'MeshRequestPermission';
const AUTHORIZERS = 'MeshExternalAuthorization';

/**
 * MeshTrafficPermission: who may call, on chains with mesh TLS only. `rules` win over `from` on an inbound that has
 * both; where nothing matches, everyone is denied. MeshRequestPermission: which requests are then permitted all the
 * same, on http inbounds. One filter for both, so that a denial is told of once, and by name. MeshExternalAuthorization:
 * who must agree to some of these; asked by filters behind it.
 */
export const meshTrafficPermission: PolicyPlugin = { type: TYPE, inbound: guard, egress: guardEgress };

function guard(draft: InboundDraft): void {
  const guarded = draft.chains.filter(({ tls }) => tls !== undefined);
  if (guarded.length === 0) return;
  const requests = draft.view.rules[REQUESTS]?.inbound ?? [];
  const authorizers = neededAuthorizers(draft, requests);
  const decision = decisionOf(draft.view.rules[TYPE] ?? { from: [] }, draft.ctx.mesh.name);
  if (decision.readsSni) addTlsInspector(draft.listener);
  // Plaintext chains of the same routes have no filter that would read this.
  if (draft.routes !== undefined) decideOnRoutes(draft.routes, withPermitted(decision, requestRules(requests, authorizers.keys())));
  for (const chain of guarded) {
    guardChain(chain, { decision, requests, authorizers }, draft.names.listener);
    if (draft.ctx.denialLogPath !== undefined) logDenials(chain, draft.ctx.denialLogPath);
  }
}

/** Ways out of the mesh: open to everyone, to nobody, or to whom the rules of the service allow. */
function guardEgress({ view, ctx, chain, routes }: EgressDraft): void {
  const decision = egressDecision(view.permission, view.mesh);
  if (routes !== undefined) decideOnRoutes(routes, decision);
  guardChain(chain, { decision, requests: [], authorizers: new Map() }, view.clusterName);
  if (ctx.denialLogPath !== undefined) logDenials(chain, ctx.denialLogPath);
}

function decisionOf({ inbound = [], from }: Exclude<EgressPermission, string>, mesh: string): Decision {
  return inbound.length > 0 ? rulesDecision(inbound) : fromDecision(from, mesh);
}

function egressDecision(permission: EgressPermission, mesh: string): Decision {
  if (typeof permission === 'object') return decisionOf(permission, mesh);
  return { enforced: { rules: [], otherwise: permission === 'everyone' ? { action: 'ALLOW', name: 'default' } : DEFAULT_DENIAL }, shadow: undefined, readsSni: false };
}

/** The authorizers that a permission refers to, by name, and their clusters. */
function neededAuthorizers({ view, ctx, routes, moreClusters }: InboundDraft, requests: readonly InboundRule[]): ReadonlyMap<string, Conf> {
  const wanted = new Set(routes === undefined ? [] : requests.flatMap(({ conf }) => objects(confOf(conf)['allow']).map(({ authorizedBy }) => authorizedBy)));
  const needed = [...authorizersOf(view.rules[AUTHORIZERS]?.inbound ?? [])].filter(([name]) => wanted.has(name)).sort(([a], [b]) => compareText(a, b));
  addClusters(moreClusters, needed.map(([, { uri }]) => serverCluster('authorizer', textOf(uri) ?? '', ctx.systemCaPath)));
  return new Map(needed);
}

function logDenials({ terminal }: ChainDraft, path: string): void {
  if (terminal.kind === 'http') terminal.hcm.accessLog.push(denialLog('http', path));
  else terminal.proxy.accessLog.push(denialLog('tcp', path));
}

interface Permissions {
  readonly decision: Decision;
  readonly requests: readonly InboundRule[];
  readonly authorizers: ReadonlyMap<string, Conf>;
}

function guardChain({ terminal, networkFilters }: ChainDraft, { decision, requests, authorizers }: Permissions, listener: string): void {
  if (terminal.kind === 'tcp') {
    networkFilters.unshift(networkRbacFilter(decision, `${statName(listener)}.`));
    return;
  }
  terminal.httpFilters.unshift(httpRbacFilter(), ...[...authorizers].map(([name, authorizer]) => authorizerFilter(name, authorizer)));
  // One path, one spelling: otherwise `/public/..%2Fadmin` would be permitted as /public, and be /admin for the workload.
  if (!readsPath(requests)) return;
  terminal.hcm.normalizePath = true;
  terminal.hcm.mergeSlashes = true;
  terminal.hcm.pathWithEscapedSlashesAction = EscapedSlashes.REJECT_REQUEST;
}
