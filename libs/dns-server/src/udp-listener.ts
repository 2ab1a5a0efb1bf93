import { createSocket, type Socket } from 'node:dgram';
import type { OnMessage } from './tcp-listener.ts';

/** Takes DNS over UDP. Undefined where the host does not have the address (no IPv6); rejects with the system's error for other reasons. */
export function listenUdp(host: string, port: number, onMessage: OnMessage): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', ipv6Only: host.includes(':') });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(undefined);
      else reject(error);
    });
    socket.bind(port, host, () => {
      socket.removeAllListeners('error').on('error', () => undefined);
      let isOpen = true;
      socket.on('close', () => { isOpen = false; });
      socket.on('message', (message, from) => {
        // A client may be gone, or its address may not be reachable from here.
        void onMessage(message, from, (bytes) => { if (isOpen) socket.send(bytes, from.port, from.address, () => undefined); });
      });
      resolve(socket);
    });
  });
}
