import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { frame, MessageReader } from './tcp-messages.ts';
import type { Resolver } from './host-resolvers.ts';

/** How long one resolver may take before the next is asked. */
const PATIENCE_MS = 2000;
const ROUNDS = 2;
/** More open questions than this are refused, so that a resolver that is away costs bounded memory. */
const MOST_OPEN = 2000;

/** Why a query has no answer. */
export type NoAnswer = 'timeout' | 'overload' | 'loop' | 'no-resolver';

/**
 * Asks the host's resolvers, one after the other. Each question has a socket and an id of its own, so that nobody can answer in
 * their place by guessing. What the resolver says is handed on as it is.
 */
export class UpstreamQueries {
  readonly #resolvers: () => readonly Resolver[];
  readonly #patienceMs: number;
  /** Open questions by the port and id that they are asked with. */
  readonly #open = new Map<string, { looped: boolean }>();

  constructor(resolvers: () => readonly Resolver[], patienceMs = PATIENCE_MS) {
    this.#resolvers = resolvers;
    this.#patienceMs = patienceMs;
  }

  /**
   * True for a query that this agent itself has sent: redirection that does not exclude the agent's user brings it back. It is
   * then not asked again.
   */
  isOwn(query: Buffer, sourcePort: number): boolean {
    const open = this.#open.get(`${sourcePort} ${query.readUInt16BE(0)}`);
    if (open !== undefined) open.looped = true;
    return open !== undefined;
  }

  /** The answer to a query, with the query's own id. */
  async ask(query: Buffer, protocol: 'udp' | 'tcp'): Promise<Buffer | NoAnswer> {
    if (this.#open.size >= MOST_OPEN) return 'overload';
    const resolvers = this.#resolvers();
    if (resolvers.length === 0) return 'no-resolver';
    for (let round = 0; round < ROUNDS; round++) {
      for (const resolver of resolvers) {
        const answer = protocol === 'udp' ? await this.#overUdp(query, resolver) : await this.#overTcp(query, resolver);
        if (answer === 'loop') return 'loop';
        if (answer !== undefined) return withId(answer, query.readUInt16BE(0));
      }
    }
    return 'timeout';
  }

  #overUdp(query: Buffer, { address, port }: Resolver): Promise<Buffer | 'loop' | undefined> {
    return new Promise((resolve) => {
      const id = randomInt(0x1_0000);
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      const state = { looped: false };
      let key = '';
      const finish = (answer: Buffer | undefined): void => {
        clearTimeout(timer);
        this.#open.delete(key);
        socket.removeAllListeners().on('error', () => undefined).close();
        resolve(state.looped ? 'loop' : answer);
      };
      const timer = setTimeout(() => finish(undefined), this.#patienceMs);
      socket.on('error', () => finish(undefined));
      socket.on('message', (answer) => { if (answer.length >= 12 && answer.readUInt16BE(0) === id) finish(answer); });
      // A connected socket hears only the resolver, and is told when nobody listens there.
      socket.connect(port, address, () => {
        key = `${socket.address().port} ${id}`;
        this.#open.set(key, state);
        socket.send(withId(query, id));
      });
    });
  }

  #overTcp(query: Buffer, { address, port }: Resolver): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = connect({ host: address, port });
      const reader = new MessageReader();
      const finish = (answer: Buffer | undefined): void => { socket.destroy(); resolve(answer); };
      socket.setTimeout(this.#patienceMs, () => finish(undefined));
      socket.on('error', () => finish(undefined)).on('close', () => resolve(undefined));
      socket.on('data', (chunk: Buffer) => { const [answer] = reader.read(chunk); if (answer !== undefined) finish(answer); });
      socket.on('connect', () => socket.write(frame(query)));
    });
  }
}

function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}
