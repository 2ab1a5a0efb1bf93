import { addTlsInspector, statName, type ChainDraft, type InboundDraft } from '@weft/envoy-builders';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { denialLog } from './denial-log.ts';
import { fromDecision } from './from-decision.ts';
import { rulesDecision } from './rules-decision.ts';
import { httpRbacFilter, networkRbacFilter, type Decision } from './rbac-filter.ts';

const TYPE = 'MeshTrafficPermission';

/**
 * MeshTrafficPermission: who may call, on chains with mesh TLS only. `rules` win over `from` on an inbound that has
 * both; where nothing matches, everyone is denied.
 */
export const meshTrafficPermission: PolicyPlugin = { type: TYPE, inbound: guard };

function guard(draft: InboundDraft): void {
  const guarded = draft.chains.filter(({ tls }) => tls !== undefined);
  if (guarded.length === 0) return;
  const { inbound = [], from = [] } = draft.view.rules[TYPE] ?? {};
  const decision = inbound.length > 0 ? rulesDecision(inbound) : fromDecision(from, draft.ctx.mesh.name);
  if (decision.readsSni) addTlsInspector(draft.listener);
  for (const chain of guarded) {
    guardChain(chain, decision, draft.names.listener);
    if (draft.ctx.denialLogPath !== undefined) logDenials(chain, draft.ctx.denialLogPath);
  }
}

function logDenials({ terminal }: ChainDraft, path: string): void {
  if (terminal.kind === 'http') terminal.hcm.accessLog.push(denialLog('http', path));
  else terminal.proxy.accessLog.push(denialLog('tcp', path));
}

function guardChain({ terminal, networkFilters }: ChainDraft, decision: Decision, listener: string): void {
  if (terminal.kind === 'http') terminal.httpFilters.unshift(httpRbacFilter(decision));
  else networkFilters.unshift(networkRbacFilter(decision, `${statName(listener)}.`));
}
