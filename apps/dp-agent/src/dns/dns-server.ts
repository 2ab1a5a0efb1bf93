import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { MeshError } from '@weft/kernel';
import { answerQuery, failure } from './answer-query.ts';
import type { NameTable } from './name-table.ts';
import { frame, MessageReader } from './tcp-messages.ts';
import type { NoAnswer, UpstreamQueries } from './upstream-queries.ts';

/** A connection without a question is closed after this long. */
const IDLE_MS = 10_000;
const MOST_CONNECTIONS = 256;

/** What the server works with. */
export interface DnsServerOptions {
  /** Addresses to listen on. Those that the host does not have are left out, as long as one is left. */
  readonly hosts: readonly string[];
  /** 0 takes a free one. */
  readonly port: number;
  readonly table: () => NameTable;
  readonly upstream: Pick<UpstreamQueries, 'ask' | 'isOwn'>;
  /** Hears why a query for a name of the world had no answer. */
  readonly onNoAnswer: (why: NoAnswer) => void;
}

/** A server that listens. */
export interface DnsServer {
  readonly port: number;
  close(): void;
}

/** Answers names of the mesh over UDP and TCP, and hands all others on. Rejects with `config/invalid` where the port is taken. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const open: { close(): unknown }[] = [];
  const connections = new Set<Socket>();
  const close = (): void => { for (const server of open) server.close(); for (const socket of connections) socket.destroy(); };
  let port = options.port;
  try {
    for (const host of options.hosts) {
      const udp = await listenUdp(host, port, options);
      if (udp === undefined) continue;
      open.push(udp);
      port = udp.address().port;
      open.push(await listenTcp(host, port, { options, connections }));
    }
    if (open.length === 0) throw new Error(`the host has none of the addresses ${options.hosts.join(', ')}`);
    return { port, close };
  } catch (cause) {
    close();
    throw new MeshError('config/invalid', `DNS on port ${options.port} cannot be served: ${cause instanceof Error ? cause.message : String(cause)}. Name another port (KUMA_DNS_PROXY_PORT; redirection must lead there), or turn it off with --dns-enabled=false.`, { cause });
  }
}

/** Undefined where the host does not have the address (no IPv6). */
function listenUdp(host: string, port: number, options: DnsServerOptions): Promise<UdpSocket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', ipv6Only: host.includes(':') });
    socket.once('error', (error: NodeJS.ErrnoException) => { socket.close(); if (isAbsent(error)) resolve(undefined); else reject(error); });
    socket.bind(port, host, () => {
      socket.removeAllListeners('error').on('error', () => undefined);
      socket.on('message', (query, from) => {
        const answer = (bytes: Buffer): void => socket.send(bytes, from.port, from.address, () => undefined);
        if (query.length >= 12 && options.upstream.isOwn(query, from.port)) answer(failure(query, 'SERVFAIL'));
        else serve(query, 'udp', { options, answer });
      });
      resolve(socket);
    });
  });
}

function isAbsent({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

interface TcpParts {
  readonly options: DnsServerOptions;
  readonly connections: Set<Socket>;
}

function listenTcp(host: string, port: number, { options, connections }: TcpParts): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      const reader = new MessageReader();
      connections.add(socket);
      socket.setTimeout(IDLE_MS, () => socket.destroy());
      socket.on('error', () => undefined).on('close', () => connections.delete(socket));
      const answer = (bytes: Buffer): void => { if (socket.writable) socket.write(frame(bytes)); };
      socket.on('data', (chunk: Buffer) => { for (const query of reader.read(chunk)) serve(query, 'tcp', { options, answer }); });
    });
    server.maxConnections = MOST_CONNECTIONS;
    server.once('error', reject);
    server.listen({ port, host, ipv6Only: true }, () => { server.off('error', reject); server.on('error', () => undefined); resolve(server); });
  });
}

interface Exchange {
  readonly options: DnsServerOptions;
  readonly answer: (bytes: Buffer) => void;
}

function serve(query: Buffer, protocol: 'udp' | 'tcp', { options, answer }: Exchange): void {
  const verdict = answerQuery(query, options.table(), protocol === 'udp');
  if (verdict.kind === 'answer') answer(verdict.bytes);
  if (verdict.kind !== 'forward') return;
  void options.upstream.ask(query, protocol).then((found) => {
    if (typeof found !== 'string') return answer(found);
    options.onNoAnswer(found);
    return answer(failure(query, 'SERVFAIL'));
  });
}
