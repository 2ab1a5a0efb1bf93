import { chownSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MeshError } from '@weft/kernel';
import { NamespaceNetwork, type NetNamespace, type RunAs } from '@weft/net-namespace';
import { INSTANCES, MEMBERS, type Member } from '../shop/topology.ts';
import type { Placement } from './placement.ts';
import { reachesMachine } from './reaches-machine.ts';
import { isInUserNamespace, wayIntoUserNamespace } from './user-namespace.ts';

const WEFTCTL = fileURLToPath(new URL('../../ctl/dist/main.js', import.meta.url));
/** Kuma's user id for agents. Programs may stand in root's home, so they are readable to both. */
const AGENT: RunAs = { uid: 5678, readsAll: true };
const APP: RunAs = { uid: 1000, readsAll: true };

/** Every member in a network namespace of its own; rules of iptables redirect the connections and DNS of workloads. Rejects where that cannot be. */
export async function namespacePlacement(): Promise<Placement> {
  const network = await NamespaceNetwork.create();
  try {
    return await placementIn(network);
  } catch (error) {
    await network.close();
    throw error;
  }
}

async function placementIn(network: NamespaceNetwork): Promise<Placement> {
  const hosts = new Map<string, NetNamespace>();
  for (const { name } of MEMBERS) hosts.set(name, await network.add(name, { files: filesOf(network) }));
  const namespaceOf = ({ name }: Member): NetNamespace => {
    const found = hosts.get(name);
    if (found === undefined) throw new MeshError('internal/bug', `${name} has no namespace`);
    return found;
  };
  for (const host of [...hosts.values()].slice(0, 1)) await reachesMachine(host, network.host.ipv4);
  await Promise.all(INSTANCES.map((instance) => redirect(namespaceOf(instance))));
  return {
    redirection: 'namespaces',
    reason: isInUserNamespace() ? 'a user namespace permits them' : 'network namespaces are permitted here',
    description: 'each in a network namespace of its own, its traffic redirected',
    controlPlaneHost: network.host.ipv4,
    agentFlags: ['--transparent-proxy'],
    wayIn: isInUserNamespace() ? wayIntoUserNamespace() : [],
    place: (member) => ({ address: namespaceOf(member).addresses.ipv4 ?? '', redirected: true }),
    command: (member, who, args) => namespaceOf(member).command(args, who === 'agent' ? AGENT : APP),
    giveToAgent: (folder) => chownSync(folder, AGENT.uid, AGENT.uid),
    close: () => network.close(),
  };
}

/** What its processes see in /etc: a DNS server (questions to it are redirected), plain look-up of names, and the agent's user. */
function filesOf(network: NamespaceNetwork): Readonly<Record<string, string>> {
  return {
    'resolv.conf': `nameserver ${network.host.ipv4}\noptions timeout:2 attempts:2\n`,
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
    'passwd': `root:x:0:0::/root:/bin/sh\nshop:x:${APP.uid}:${APP.uid}::/nonexistent:/bin/sh\nweft-dp:x:${AGENT.uid}:${AGENT.uid}::/nonexistent:/usr/sbin/nologin\n`,
  };
}

async function redirect(host: NetNamespace): Promise<void> {
  const { code, stderr } = await host.run([process.execPath, WEFTCTL, 'install', 'transparent-proxy', '--kuma-dp-user', 'weft-dp', '--redirect-dns', '--ip-family-mode', 'ipv4']);
  if (code !== 0) throw new MeshError('config/invalid', `redirection cannot be set up: ${stderr.trim().replace(/^Error: /, '')}`);
}
