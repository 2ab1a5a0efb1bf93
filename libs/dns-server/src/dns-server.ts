import type { Socket } from 'node:net';
import type { Lookup } from './name-index.ts';
import { readQuery, type DnsQuery } from './read-query.ts';
import { failure, fitUdp, localAnswer, SAFE_UDP_BYTES } from './responses.ts';
import { listenTcp, TCP_LIMITS, type OnMessage, type TcpLimits } from './tcp-listener.ts';
import { listenUdp } from './udp-listener.ts';
import type { NoAnswer } from './upstream-queries.ts';

/** How a query came. */
export type Protocol = 'udp' | 'tcp';

/** Gets answers for names of the world. */
export interface Forwarder {
  /** The answer with the query's id and question, or why there is none. Must not reject. */
  forward(query: DnsQuery, protocol: Protocol): Promise<Buffer | NoAnswer>;
  /** True for a query that the forwarder itself has sent, and that came back. */
  isOwn(query: Buffer, sourcePort: number): boolean;
}

/** What a server works with. */
export interface DnsServerOptions {
  /** Addresses to listen on. Those that the host does not have are left out, as long as one is left. */
  readonly hosts: readonly string[];
  /** 0 takes one that is free for UDP and TCP. */
  readonly port: number;
  /** What is known of a name (see `canonicalName`). */
  readonly lookup: (name: string) => Lookup;
  readonly forwarder: Forwarder;
  /** Whether a client may ask for names of the world; absent: every client. */
  readonly mayForward?: (address: string) => boolean;
  /** Hears why a query for a name of the world had no answer. */
  readonly onNoAnswer: (why: NoAnswer) => void;
  /** Largest answer over UDP, in bytes (default 1232). */
  readonly mostUdpBytes?: number;
  readonly tcp?: Partial<TcpLimits>;
}

/** A server that listens. */
export interface DnsServer {
  readonly port: number;
  close(): void;
}

/** Attempts to find a port that is free for both transports. */
const FREE_PORT_ATTEMPTS = 20;

/** Answers DNS over UDP and TCP: names of ours from `lookup`, all others through the forwarder. Rejects with the system's error where it cannot listen. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listen(options);
    } catch (caught) {
      // The system chose a free UDP port; somebody else may have it for TCP.
      const isTaken = (caught as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (options.port !== 0 || !isTaken || attempt === FREE_PORT_ATTEMPTS) throw caught;
    }
  }
}

async function listen(options: DnsServerOptions): Promise<DnsServer> {
  const open: { close(): unknown }[] = [];
  const connections = new Set<Socket>();
  const limits = { ...TCP_LIMITS, ...options.tcp };
  const close = (): void => {
    for (const listener of open.splice(0)) listener.close();
    for (const socket of connections) socket.destroy();
  };
  let { port } = options;
  try {
    for (const host of options.hosts) {
      const udp = await listenUdp(host, port, answerer(options, 'udp'));
      if (udp === undefined) continue;
      open.push(udp);
      port = udp.address().port;
      open.push(await listenTcp({ host, port, limits, connections, onMessage: answerer(options, 'tcp') }));
    }
    if (open.length === 0) throw new Error(`this machine has none of the addresses ${options.hosts.join(', ')}`);
    return { port, close };
  } catch (caught) {
    close();
    throw caught;
  }
}

function answerer(options: DnsServerOptions, protocol: Protocol): OnMessage {
  return async (message, from, send) => {
    const read = readQuery(message);
    if (read.kind === 'ignore') return;
    if (options.forwarder.isOwn(message, from.port)) return send(failure(message, 'SERVFAIL'));
    if (read.kind === 'refuse') return send(failure(message, read.code));
    // What one question does wrong must not end the server.
    const answer = await answerTo(read.query, { options, protocol, address: from.address }).catch(() => failure(message, 'SERVFAIL'));
    send(protocol === 'udp' ? fitUdp(answer, read.query, options.mostUdpBytes ?? SAFE_UDP_BYTES) : answer);
  };
}

interface Arrival {
  readonly options: DnsServerOptions;
  readonly protocol: Protocol;
  readonly address: string;
}

async function answerTo(query: DnsQuery, { options, protocol, address }: Arrival): Promise<Buffer> {
  const found = options.lookup(query.question.name);
  if (found.kind !== 'elsewhere') return localAnswer(query, found);
  if (options.mayForward?.(address) === false) return failure(query.bytes, 'REFUSED');
  const answer = await options.forwarder.forward(query, protocol);
  if (typeof answer !== 'string') return answer;
  options.onNoAnswer(answer);
  return failure(query.bytes, 'SERVFAIL');
}
