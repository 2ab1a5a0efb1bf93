import type { Json } from '@weft/kernel';
import type { RequestOptions, Requests, Subscription } from './bus.ts';
import type { RequestKind } from './subjects.ts';

/** Sends a request of a known kind. Errors as {@link Requests.request}. */
export async function ask<P, A>(bus: Requests, kind: RequestKind<P, A>, payload: P, options?: RequestOptions): Promise<A> {
  return (await bus.request(kind.subject, payload as unknown as Json, options)) as unknown as A;
}

/** Serves a request of a known kind as one member of its queue group. */
export function answer<P, A>(bus: Requests, kind: RequestKind<P, A>, handler: (payload: P) => Promise<A>): Promise<Subscription> {
  return bus.serve(kind.subject, kind.queue, async (payload) => (await handler(payload as unknown as P)) as unknown as Json);
}
