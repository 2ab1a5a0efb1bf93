import type { Msg } from '@nats-io/transport-node';
import type { RequestOptions, Requests, Subscription } from '@weft/bus';
import { MeshError, type Json, type PlainMeshError } from '@weft/kernel';
import { decodeJson, type NatsLink } from './nats-link.ts';

type Reply = { readonly ok: Json } | { readonly error: PlainMeshError };

const DEFAULT_DEADLINE_MS = 5_000;

/** Requests over NATS: payload as JSON, answer `{"ok": …}` or `{"error": …}`. */
export class NatsRequests implements Requests {
  readonly #link: NatsLink;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  async request(subject: string, payload: Json, options: RequestOptions = {}): Promise<Json> {
    const what = `request "${subject}"`;
    const data = this.#link.encode(what, payload);
    const answer = await this.#link.call(what, () => this.#link.connection.request(subject, data, { timeout: options.deadlineMs ?? DEFAULT_DEADLINE_MS }));
    const reply = decodeJson(answer.data) as unknown as Reply;
    if ('error' in reply) throw MeshError.fromJSON(reply.error);
    return reply.ok;
  }

  async serve(subject: string, queue: string, handler: (payload: Json) => Promise<Json>): Promise<Subscription> {
    const subscription = this.#link.connection.subscribe(subject, { queue, callback: (_error, message) => void this.#answer(message, handler) });
    // The server knows the subscription once it has answered what came after it.
    await this.#link.call(`serve "${subject}"`, () => this.#link.connection.flush());
    return {
      // Draining answers what the server had already handed to this member, so that no request is lost when it leaves.
      close: async () => {
        if (this.#link.connection.isClosed() || this.#link.status === 'disconnected' || subscription.isClosed()) subscription.unsubscribe();
        else await subscription.drain();
      },
    };
  }

  async #answer(message: Msg, handler: (payload: Json) => Promise<Json>): Promise<void> {
    const bytes = await this.#reply(message, handler);
    // A connection that ended meanwhile: the asker's deadline tells it.
    if (!this.#link.connection.isClosed()) message.respond(bytes);
  }

  async #reply(message: Msg, handler: (payload: Json) => Promise<Json>): Promise<Uint8Array> {
    const what = `answer to "${message.subject}"`;
    try {
      return this.#link.encode(what, { ok: (await handler(decodeJson(message.data))) });
    } catch (caught) {
      return this.#link.encode(what, { error: MeshError.from(caught).toJSON() as unknown as Json });
    }
  }
}
