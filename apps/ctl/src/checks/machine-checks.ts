import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Check, Finding } from './check.ts';

/** What the checks of a machine look at. */
export interface MachineFacts {
  readonly nodeVersion: string;
  readonly platform: string;
  readonly isRoot: boolean;
  /** Soft limit of open files; undefined where it cannot be told. */
  readonly openFiles: number | undefined;
  /** Gives the path of a program, or undefined. */
  readonly find: (program: string) => string | undefined;
  /** Whether a port of this machine can be listened on. */
  readonly isFree: (port: number, transport: Transport) => Promise<boolean>;
}

type MachineCheck = Check<MachineFacts>;

const group = 'This machine';

const node: MachineCheck = {
  id: 'WEFT-PRE-001', group, title: 'Node.js is 20 or newer',
  run: ({ nodeVersion }) => (Number(/^v(\d+)/.exec(nodeVersion)?.[1] ?? 0) >= 20 ? [] : [error(`this is Node.js ${nodeVersion}`, 'install Node.js 20 or newer')]),
};

const kernel: MachineCheck = {
  id: 'WEFT-PRE-002', group, title: 'the system is Linux',
  run: ({ platform }) => (platform === 'linux' ? [] : [warning(`this is ${platform}: the control plane runs, redirection of traffic does not`, 'run workloads on Linux')]),
};

const envoy: MachineCheck = {
  id: 'WEFT-PRE-003', group, title: 'Envoy is here',
  run: ({ find }) => (find('envoy') !== undefined ? [] : [warning('no Envoy in ENVOY_PATH or PATH', 'weft-dp downloads one at its first start; on a machine without internet, install it and set ENVOY_PATH')]),
};

const iptables: MachineCheck = {
  id: 'WEFT-PRE-004', group, title: 'iptables is here',
  run: ({ find }) => (find('iptables') !== undefined || find('iptables-nft') !== undefined || find('iptables-legacy') !== undefined ? [] : [warning('iptables is not installed', 'only redirection needs it: install the package iptables, or give Dataplanes explicit outbounds')]),
};

const ports: MachineCheck = {
  id: 'WEFT-PRE-005', group, title: 'the ports of the control plane are free',
  run: async ({ isFree }) => {
    const wanted = [[5681, 'HTTP API', 'tcp'], [5682, 'HTTPS API', 'tcp'], [5678, 'DP server', 'tcp'], [5680, 'diagnostics', 'tcp'], [5653, 'DNS', 'tcp'], [5653, 'DNS over UDP', 'udp']] as const;
    const found: Finding[] = [];
    for (const [port, use, transport] of wanted) if (!(await isFree(port, transport))) found.push(warning(`port ${port} (${use}) is taken`, 'if it is no control plane that runs already, stop what listens there or choose another port in the configuration'));
    return found;
  },
};

const openFiles: MachineCheck = {
  id: 'WEFT-PRE-006', group, title: 'enough files may be open',
  run: ({ openFiles: limit }) => (limit === undefined || limit >= 8192 ? [] : [warning(`${limit} files may be open; each proxy takes one, each connection of an Envoy two`, 'raise it: ulimit -n 65536, or LimitNOFILE=65536 in the systemd unit')]),
};

const rights: MachineCheck = {
  id: 'WEFT-PRE-007', group, title: 'traffic can be redirected by this user',
  run: ({ isRoot }) => (isRoot ? [] : [warning('this user is not root', 'only weftctl install transparent-proxy needs it: run that with sudo')]),
};

/** The checks before installing, in the order in which they are shown. */
export const MACHINE_CHECKS: readonly MachineCheck[] = [node, kernel, envoy, iptables, ports, openFiles, rights];

/** How a port is used. */
export type Transport = 'tcp' | 'udp';

/** Whether a port of every address can be listened on. */
export function isPortFree(port: number, transport: Transport): Promise<boolean> {
  return transport === 'tcp' ? isTcpPortFree(port) : isUdpPortFree(port);
}

function isTcpPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

function isUdpPortFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind(port, () => socket.close(() => resolve(true)));
  });
}

function error(message: string, hint: string): Finding {
  return { severity: 'error', message, hint };
}

function warning(message: string, hint: string): Finding {
  return { severity: 'warning', message, hint };
}
