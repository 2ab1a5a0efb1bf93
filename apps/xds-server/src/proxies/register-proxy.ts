import { status } from '@grpc/grpc-js';
import { ask, REQUESTS, type Requests } from '@weft/bus';
import { MeshError, ok, type Clock, type Result } from '@weft/kernel';
import type { Refusal } from '../server/call-end.ts';
import type { FeedView } from '../config/feed-view.ts';
import type { ProxyNode } from '../node/proxy-node.ts';
import { refused } from './refused.ts';

/** While the store or bus is away a new proxy waits, asking again after this time. */
const REGISTER_RETRY_MS = 1_000;
const AWAY = new Set(['bus/unavailable', 'bus/deadline', 'store/unavailable']);

/** What registration needs. */
export interface RegistrationPorts {
  readonly feed: FeedView;
  readonly bus: Requests;
  readonly clock: Clock;
  readonly instance: string;
}

/** Has the resource that a proxy brings along stored. While the store is away a proxy that is known goes on, a new one waits. */
export async function registerProxy({ bus, clock, instance, feed }: RegistrationPorts, node: ProxyNode & { readonly document: string }, fresh: boolean): Promise<Result<null, Refusal>> {
  for (;;) {
    try {
      const answer = await ask(bus, REQUESTS.proxyRegister, { document: node.document, proxyType: node.proxyType, instance, fresh });
      if ('error' in answer) throw MeshError.fromJSON(answer.error);
      return ok(null);
    } catch (caught) {
      const error = MeshError.from(caught);
      if (!AWAY.has(error.code)) return refused(status.INVALID_ARGUMENT, describe(error));
      if (feed.proxy(node.key) !== undefined) return ok(null);
      await new Promise<void>((resolve) => void clock.after(REGISTER_RETRY_MS, resolve));
    }
  }
}

function describe(error: MeshError): string {
  const details = error.violations.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return `the proxy cannot be registered: ${error.message}${details === '' ? '' : ` (${details})`}`;
}
