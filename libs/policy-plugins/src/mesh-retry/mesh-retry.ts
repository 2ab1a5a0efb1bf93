import type { OutboundDraft, RouteDraft } from '@weft/envoy-builders';
import type { RetryPolicy } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import type { Protocol } from '@weft/proxy-view';
import { confOf, numberOf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { retryPolicy } from './retry-policy.ts';

const TYPE = 'MeshRetry';

/** MeshRetry: retries of requests, and of connections for tcp. No policy, or no block for the protocol: no retries. */
export const meshRetry: PolicyPlugin = { type: TYPE, outbound: onOutbound };

function onOutbound(draft: OutboundDraft): void {
  const { terminal } = draft.chain;
  if (terminal.kind === 'http') {
    for (const route of draft.routes) onRoute(route, draft);
    return;
  }
  const attempts = numberOf(confOf(confOf(draft.view.conf[TYPE])['tcp'])['maxConnectAttempt']);
  if (draft.view.protocol === 'tcp' && attempts !== undefined) terminal.proxy.maxConnectAttempts = attempts;
}

/** What a route's own conf says counts, `numRetries: 0` too; one that says nothing has what its service has. */
function onRoute(draft: RouteDraft, { view }: OutboundDraft): void {
  const own = draft.view.conf[TYPE];
  const policy = policyFor(confOf(own)[view.protocol] === undefined ? view.conf[TYPE] : own, view.protocol);
  if (policy === undefined) return;
  for (const route of draft.routes) {
    if (route.action.case === 'route') route.action.value.retryPolicy = policy;
  }
}

function policyFor(conf: unknown, protocol: Protocol): RetryPolicy | undefined {
  if (protocol !== 'http' && protocol !== 'grpc') return undefined;
  const block = confOf(conf)[protocol];
  return block === undefined ? undefined : retryPolicy(confOf(block), protocol);
}
