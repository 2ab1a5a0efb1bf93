import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { MeshError } from '@weft/kernel';
import { addressOf, ADMIN_PORT, APP_PORT, INBOUND_PORT, MEMBERS } from '../shop/topology.ts';

/** Ports of the control plane, by role. */
export interface ControlPlanePorts {
  readonly api: number;
  readonly apiTls: number;
  readonly dpServer: number;
  readonly diagnostics: number;
  readonly dns: number;
  readonly kds: number;
  readonly monitoring: number;
}

const DEFAULTS: ControlPlanePorts = { api: 5681, apiTls: 5682, dpServer: 5678, diagnostics: 5680, dns: 5653, kds: 5685, monitoring: 5676 };

/** The default ports, moved by `offset`, where they are free; others where they are not. */
export async function chooseControlPlanePorts(offset = 0): Promise<ControlPlanePorts> {
  const chosen: [string, number][] = [];
  for (const [role, usual] of Object.entries(DEFAULTS) as [string, number][]) {
    const port = usual + offset;
    chosen.push([role, (await isFree(port, '127.0.0.1')) && (await isFree(port, '0.0.0.0')) && (role !== 'dns' || await isFreeForUdp(port)) ? port : await freePort()]);
  }
  return Object.fromEntries(chosen) as unknown as ControlPlanePorts;
}

/** The first subnet from `127.0.1` to `127.0.9` in which nothing listens on the shop's ports, so that two shops can run side by side. */
export async function chooseSubnet(): Promise<string> {
  for (let third = 1; third <= 9; third++) {
    const subnet = `127.0.${third}`;
    const addresses = MEMBERS.map((member) => addressOf(member, subnet));
    const free = await Promise.all(addresses.flatMap((address) => [INBOUND_PORT, APP_PORT, ADMIN_PORT].map((port) => isFree(port, address))));
    if (free.every(Boolean)) return subnet;
  }
  throw new MeshError('config/invalid', `Ports ${INBOUND_PORT}, ${APP_PORT} and ${ADMIN_PORT} are taken, or cannot be bound, on 127.0.1.* to 127.0.9.*. The shop gives each workload a loopback address of its own; on Linux all of 127.0.0.0/8 is there, elsewhere add aliases to the loopback interface.`);
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

function isFreeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createSocket('udp4');
    probe.once('error', () => { probe.close(); resolve(false); });
    probe.bind(port, '0.0.0.0', () => { probe.close(); resolve(true); });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
