import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Resolver } from './host-resolvers.ts';
import { FLAGS, RCODES } from './read-query.ts';
import { frame, MessageReader } from './tcp-messages.ts';
import { HEADER_BYTES, readMessage } from './wire-message.ts';

/** How long one resolver may take before the next is asked. */
const PATIENCE_MS = 2000;
const ROUNDS = 2;
/** More open questions than this are refused, so that a resolver that is away costs bounded memory. */
const MOST_OPEN = 1000;
/** Answers of a resolver that cannot help; another may. */
const UNHELPFUL: ReadonlySet<number> = new Set([RCODES.FORMERR, RCODES.SERVFAIL, RCODES.NOTIMP, RCODES.REFUSED]);

/** Why a query has no answer. */
export type NoAnswer = 'timeout' | 'overload' | 'loop' | 'no-resolver';

/** Limits; the defaults suit all but tests. */
export interface UpstreamOptions {
  /** For one resolver, in ms (default 2000). */
  readonly patienceMs?: number;
  /** Questions at once (default 1000). */
  readonly mostOpen?: number;
}

/**
 * Asks resolvers, one after the other; the one that answered last comes first. Each question has a socket and an id of its
 * own, and what does not repeat it is no answer, so that nobody can answer in their place by guessing.
 */
export class UpstreamQueries {
  readonly #resolvers: () => readonly Resolver[];
  readonly #patienceMs: number;
  readonly #mostOpen: number;
  /** Open questions by the port and id that they are asked with. */
  readonly #open = new Map<string, { looped: boolean }>();
  #asking = 0;
  #preferred = '';

  constructor(resolvers: () => readonly Resolver[], { patienceMs = PATIENCE_MS, mostOpen = MOST_OPEN }: UpstreamOptions = {}) {
    this.#resolvers = resolvers;
    this.#patienceMs = patienceMs;
    this.#mostOpen = mostOpen;
  }

  /** True for a query that was sent from here: redirection, or a resolver that is this server, brings it back. It is then not asked again. */
  isOwn(query: Buffer, sourcePort: number): boolean {
    const open = this.#open.get(`${sourcePort} ${query.readUInt16BE(0)}`);
    if (open !== undefined) open.looped = true;
    return open !== undefined;
  }

  /** The answer to a query, as the resolver gave it but with the query's own id. An unhelpful one (SERVFAIL, REFUSED) only where no resolver has a better. */
  async ask(query: Buffer, protocol: 'udp' | 'tcp'): Promise<Buffer | NoAnswer> {
    if (this.#asking >= this.#mostOpen) return 'overload';
    this.#asking += 1;
    try {
      return await this.#askAll(query, protocol);
    } finally {
      this.#asking -= 1;
    }
  }

  async #askAll(query: Buffer, protocol: 'udp' | 'tcp'): Promise<Buffer | NoAnswer> {
    const resolvers = this.#inOrder();
    if (resolvers.length === 0) return 'no-resolver';
    let [unhelpful, looped]: [Buffer | undefined, number] = [undefined, 0];
    for (let round = 0; round < ROUNDS && unhelpful === undefined && looped < resolvers.length; round++) {
      for (const resolver of resolvers) {
        const answer = await this.#askOne(query, protocol, resolver);
        if (answer === undefined) continue;
        if (answer === 'loop') looped += 1;
        else if (UNHELPFUL.has(answer.readUInt16BE(2) & FLAGS.rcode)) unhelpful ??= answer;
        else return this.#prefer(resolver, answer);
      }
    }
    return unhelpful ?? (looped > 0 ? 'loop' : 'timeout');
  }

  #inOrder(): readonly Resolver[] {
    const resolvers = this.#resolvers();
    const preferred = resolvers.filter((resolver) => keyOf(resolver) === this.#preferred);
    return [...preferred, ...resolvers.filter((resolver) => keyOf(resolver) !== this.#preferred)];
  }

  #prefer(resolver: Resolver, answer: Buffer): Buffer {
    this.#preferred = keyOf(resolver);
    return answer;
  }

  async #askOne(query: Buffer, protocol: 'udp' | 'tcp', resolver: Resolver): Promise<Buffer | 'loop' | undefined> {
    const sent = withId(query, randomInt(0x1_0000));
    const state = { looped: false };
    const answer = await (protocol === 'udp' ? this.#overUdp(sent, resolver, state) : this.#overTcp(sent, resolver, state));
    if (state.looped) return 'loop';
    return answer && withId(answer, query.readUInt16BE(0));
  }

  #overUdp(query: Buffer, { address, port }: Resolver, state: { looped: boolean }): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      let key = '';
      const finish = (answer: Buffer | undefined): void => {
        clearTimeout(timer);
        this.#open.delete(key);
        socket.removeAllListeners().on('error', () => undefined).close();
        resolve(answer);
      };
      const timer = setTimeout(() => finish(undefined), this.#patienceMs);
      socket.on('error', () => finish(undefined));
      socket.on('message', (answer) => { if (isAnswer(answer, query)) finish(answer); });
      // A connected socket hears only the resolver, and is told when nobody listens there.
      socket.once('connect', () => {
        key = this.#note(socket.address().port, query, state);
        socket.send(query);
      });
      // Without a callback, a network that cannot be reached is an 'error' event.
      socket.connect(port, address);
    });
  }

  #overTcp(query: Buffer, { address, port }: Resolver, state: { looped: boolean }): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = connect({ host: address, port });
      const reader = new MessageReader();
      let key = '';
      const finish = (answer: Buffer | undefined): void => {
        clearTimeout(timer);
        this.#open.delete(key);
        socket.destroy();
        resolve(answer);
      };
      const timer = setTimeout(() => finish(undefined), this.#patienceMs);
      socket.on('error', () => finish(undefined)).on('close', () => finish(undefined));
      socket.on('data', (chunk: Buffer) => { const [answer] = reader.read(chunk); if (answer !== undefined) finish(isAnswer(answer, query) ? answer : undefined); });
      socket.on('connect', () => {
        key = this.#note(socket.localPort ?? 0, query, state);
        socket.write(frame(query));
      });
    });
  }

  #note(port: number, query: Buffer, state: { looped: boolean }): string {
    const key = `${port} ${query.readUInt16BE(0)}`;
    this.#open.set(key, state);
    return key;
  }
}

/** Whether a message answers this query. A refusal need not repeat the question. */
function isAnswer(bytes: Buffer, query: Buffer): boolean {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== query.readUInt16BE(0)) return false;
  const [answer, asked] = [readMessage(bytes), readMessage(query)?.question];
  if (answer === undefined || (answer.flags & FLAGS.response) === 0) return false;
  if (answer.question === undefined) return (answer.flags & FLAGS.rcode) !== 0;
  return answer.questions === 1 && answer.question.name === asked?.name && answer.question.type === asked.type && answer.question.class === asked.class;
}

function keyOf({ address, port }: Resolver): string {
  return `${address} ${port}`;
}

function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}
