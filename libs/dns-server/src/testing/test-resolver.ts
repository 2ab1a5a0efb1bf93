import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { decode, encode, type DecodedPacket, type Packet } from 'dns-packet';
import { frame, MessageReader } from '../tcp-messages.ts';

/** What the resolver sends: a packet (id and question are filled in), bytes as they are, or nothing at all. */
export type Reply = Packet | Buffer | undefined;

/** A resolver of the world, on one port of loopback for UDP and TCP. */
export interface TestResolver {
  readonly port: number;
  /** Names asked for, with the transport: `udp example.com`. */
  readonly asked: string[];
  /** What it answers from now on; asked anew for each question. */
  reply: (query: DecodedPacket, protocol: 'udp' | 'tcp') => Reply;
  close(): void;
}

/** Starts one that answers 192.0.2.1 for 60 s to everything, until `reply` is set. */
export async function startTestResolver(): Promise<TestResolver> {
  const { udp, tcp, port } = await listenOnBoth();
  const sockets = new Set<Socket>();
  const answer = (bytes: Buffer, protocol: 'udp' | 'tcp'): Buffer | undefined => {
    const query = decode(bytes);
    made.asked.push(`${protocol} ${query.questions?.[0]?.name ?? ''}`);
    const reply = made.reply(query, protocol);
    return reply === undefined || Buffer.isBuffer(reply) ? reply : encode({ type: 'response', id: query.id ?? 0, flags: 0x180, questions: query.questions ?? [], ...reply });
  };
  udp.on('message', (query, from) => { const bytes = answer(query, 'udp'); if (bytes !== undefined) udp.send(bytes, from.port, from.address); });
  tcp.on('connection', (socket) => {
    const reader = new MessageReader();
    sockets.add(socket);
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => { for (const query of reader.read(chunk)) { const bytes = answer(query, 'tcp'); if (bytes !== undefined) socket.write(frame(bytes)); } });
  });
  const made: TestResolver = {
    port, asked: [],
    reply: ({ questions }) => ({ answers: [{ type: 'A', name: questions?.[0]?.name ?? '', ttl: 60, data: '192.0.2.1' }] }),
    close: () => { udp.close(); tcp.close(); for (const socket of sockets) socket.destroy(); },
  };
  return made;
}

/** A port that is free for both transports: one that is for UDP may be taken for TCP. */
async function listenOnBoth(): Promise<{ readonly udp: UdpSocket; readonly tcp: Server; readonly port: number }> {
  for (;;) {
    const udp = createSocket('udp4').bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const { port } = udp.address();
    const tcp = createServer().listen(port, '127.0.0.1');
    const isFree = await once(tcp, 'listening').then(() => true, () => false);
    if (isFree) return { udp, tcp, port };
    udp.close();
  }
}
