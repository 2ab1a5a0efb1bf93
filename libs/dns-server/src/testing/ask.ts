import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, type DecodedPacket, type Packet, type Question } from 'dns-packet';
import { frame, MessageReader } from '../tcp-messages.ts';

/** Where and what to ask; further fields of the packet may be given. */
export interface Asked extends Packet {
  readonly port: number;
  readonly host?: string;
  /** Default A. */
  readonly asks?: Question['type'];
}

/** One question over UDP; resolves with the answer. */
export async function askUdp(name: string, { port, host = '127.0.0.1', asks = 'A', ...more }: Asked): Promise<DecodedPacket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.send(encode({ type: 'query', id: 99, flags: 0x100, questions: [{ type: asks, name }], ...more }), port, host);
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return decode(answer);
}

/** Several questions over one connection, in odd pieces as TCP may bring them; answers in the order of the questions. */
export async function askTcp(names: readonly string[], { port, host = '127.0.0.1', asks = 'A' }: Asked): Promise<DecodedPacket[]> {
  const socket = connect(port, host);
  const reader = new MessageReader();
  const answers: DecodedPacket[] = [];
  const bytes = Buffer.concat(names.map((name, id) => frame(encode({ type: 'query', id, flags: 0x100, questions: [{ type: asks, name }] }))));
  socket.write(bytes.subarray(0, 5));
  await new Promise((resolve) => { setImmediate(resolve); });
  socket.write(bytes.subarray(5));
  while (answers.length < names.length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    answers.push(...reader.read(chunk).map((answer) => decode(answer)));
  }
  socket.destroy();
  return answers.sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
}
