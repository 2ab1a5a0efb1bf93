import { postToControlPlane, type BootstrapServer } from './bootstrap-client.ts';
import type { AgentLog } from './agent-log.ts';
import type { ProxyType } from './run-settings.ts';

/** Longer than the control plane needs; shorter than anybody waits for a proxy to end. */
const LIMIT_MS = 2_000;

/** Which proxy leaves. The token is read anew: it may have been replaced since the start. */
export interface LeavingProxy {
  readonly mesh: string;
  readonly name: string;
  readonly proxyType: ProxyType;
  readonly token: () => Promise<string | undefined>;
}

/**
 * Asks the control plane that the proxy gets no new requests (`POST /drain`), before it stops taking any. Resolves once that is so, or
 * after 2 s: a proxy ends in any case. A control plane that does not know the request finds out by its own probes.
 */
export async function leaveRotation(server: BootstrapServer, { mesh, name, proxyType, token }: LeavingProxy, log: AgentLog): Promise<void> {
  const dataplaneToken = await token().catch(() => undefined);
  const body = JSON.stringify({ mesh, name, ...(proxyType !== 'dataplane' && { proxyType }), ...(dataplaneToken !== undefined && { dataplaneToken }) });
  const reply = await postToControlPlane(server, '/drain', { body, signal: AbortSignal.timeout(LIMIT_MS) });
  if ('failure' in reply) log.warn(`the control plane could not be told that the proxy ends: ${reply.failure}`);
  else if (reply.status === 204) log.info('the control plane sends nobody here any more');
  else if (reply.status !== 404) log.warn(`the control plane did not take the proxy out of rotation (${reply.status}): ${reply.body}`);
}
