import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { MeshError } from '@weft/kernel';
import type { NetNamespace } from '@weft/net-namespace';

const DIAL = "require('node:net').connect({ host: process.argv[1], port: Number(process.argv[2]), timeout: 3000 }).on('connect', () => process.exit(0)).on('timeout', () => process.exit(1)).on('error', () => process.exit(1))";

/** Rejects when a namespace cannot connect to this machine, where the control plane is. */
export async function reachesMachine(from: NetNamespace, address: string): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, address);
  await once(server, 'listening');
  const { code } = await from.run([process.execPath, '-e', DIAL, address, String((server.address() as AddressInfo).port)]);
  server.close();
  if (code !== 0) throw new MeshError('config/invalid', "a firewall of this machine keeps namespaces from its control plane (chain INPUT of iptables, or nft)");
}
