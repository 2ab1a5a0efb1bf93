import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode } from 'dns-packet';

/** IPv4 addresses of a name; none where it is not known or nobody answers. */
export async function addressesOf(name: string, port: number): Promise<readonly string[]> {
  const socket = createSocket('udp4');
  try {
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.send(encode({ type: 'query', id: 5, flags: 0x100, questions: [{ type: 'A', name }] }));
    const [answer] = (await once(socket, 'message')) as [Buffer];
    return (decode(answer).answers ?? []).flatMap((found) => (found.type === 'A' ? [found.data] : []));
  } catch {
    // Nobody listens there yet.
    return [];
  } finally {
    socket.close();
  }
}
