import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { BusStatus } from '@weft/bus';
import { MeshError, type Json } from '@weft/kernel';
import { busError } from './nats-errors.ts';

/** The server's default limit of one message, should it not name one. */
const DEFAULT_MAX_PAYLOAD = 1_048_576;

/** How to reach the servers. */
export interface LinkOptions {
  readonly servers: readonly string[];
  /** Name of this connection in the servers' reports. */
  readonly name: string;
}

/** The connection that everything of one bus shares: state, encoding, errors. */
export class NatsLink {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  #status: BusStatus = 'connected';
  readonly #listeners = new Set<(status: BusStatus) => void>();

  private constructor(connection: NatsConnection, manager: JetStreamManager) {
    this.connection = connection;
    this.manager = manager;
    this.jetstream = jetstream(connection, { timeout: 5_000 });
    void this.#followStatus();
  }

  /** Waits for the first connection, and from then on reconnects for ever. */
  static async open(options: LinkOptions): Promise<NatsLink> {
    const connection = await connect({
      servers: [...options.servers], name: options.name, waitOnFirstConnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 200,
      reconnectJitter: 100, pingInterval: 5_000,
      // A prefix of its own keeps answers private where permissions are set per app.
      inboxPrefix: `_INBOX_${options.name.replace(/[^A-Za-z0-9_-]/g, '_')}`,
    });
    return new NatsLink(connection, await jetstreamManager(connection, { checkAPI: false, timeout: 5_000 }));
  }

  get status(): BusStatus {
    return this.#status;
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Runs a call on the servers; `what` names it in errors. Fails at once while disconnected. */
  async call<T>(what: string, action: () => Promise<T>): Promise<T> {
    if (this.#status === 'disconnected') throw new MeshError('bus/unavailable', `${what}: NATS is away; the connection is tried again all the time`);
    try {
      return await action();
    } catch (caught) {
      throw busError(what, caught);
    }
  }

  /** Bytes of a message; `bus/too-large` where the servers would refuse it. */
  encode(what: string, value: Json): Uint8Array {
    const bytes = Buffer.from(JSON.stringify(value));
    const limit = this.connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD;
    if (bytes.length > limit) throw new MeshError('bus/too-large', `${what}: ${bytes.length} bytes, but NATS carries at most ${limit}`);
    return bytes;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.connection.close();
  }

  async #followStatus(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'disconnect') this.#set('disconnected');
      else if (type === 'reconnect') this.#set('connected');
    }
  }

  #set(status: BusStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of this.#listeners) listener(status);
  }
}

/** What {@link NatsLink.encode} wrote. */
export function decodeJson(bytes: Uint8Array): Json {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Json;
}
