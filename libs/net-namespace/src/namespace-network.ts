import { execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { MeshError } from '@weft/kernel';
import { chooseSubnet, hostIn, type Subnet } from './choose-subnet.ts';
import { clearLeftovers, NAMESPACE_FILES } from './clear-leftovers.ts';
import { startNamespaceGuard, type NamespaceGuard } from './namespace-guard.ts';
import { NetNamespace, type Addresses, type NamespaceOptions } from './net-namespace.ts';
import { thisOwner } from './owner.ts';

const run = promisify(execFile);
let networks = 0;

/** How a network is made. */
export interface NamespaceNetworkOptions {
  /** Default: one that the machine does not use. */
  readonly subnet?: Subnet;
}

/**
 * Namespaces that reach each other and this machine. A hub namespace holds the bridge, so that neither firewall nor forwarding of
 * the machine has a say between them; one link leads from it to the machine. Everything goes with `close`, or with this process.
 */
export class NamespaceNetwork {
  /** The machine's own addresses in this network. */
  readonly host: { readonly ipv4: string; readonly ipv6: string };
  readonly #subnet: Subnet;
  readonly #prefix: string;
  readonly #hub: string;
  readonly #guard: NamespaceGuard;
  #members = 1;

  /** Makes the hub and the link to the machine. Clears first what dead owners left. */
  static async create(options: NamespaceNetworkOptions = {}): Promise<NamespaceNetwork> {
    await clearLeftovers();
    const taken = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []).map(({ address }) => address);
    const subnet = options.subnet ?? chooseSubnet(taken, (process.pid * 7 + networks) % 256);
    if (subnet === undefined) throw new MeshError('config/invalid', 'all of 198.18.0.0/16 is in use on this machine: end what uses it (`ip address`)');
    const { namespacePrefix, linkPrefix } = thisOwner();
    const number = ++networks;
    const owner = { namespacePrefix: `${namespacePrefix}${number}-`, linkPrefix: `${linkPrefix}${number}h` };
    const network = new NamespaceNetwork(subnet, owner);
    try {
      await network.#makeHub(owner.linkPrefix);
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  private constructor(subnet: Subnet, owner: { readonly namespacePrefix: string; readonly linkPrefix: string }) {
    this.#subnet = subnet;
    this.#prefix = owner.namespacePrefix;
    this.#hub = `${owner.namespacePrefix}hub`;
    this.host = hostIn(subnet, 1);
    this.#guard = startNamespaceGuard(owner);
  }

  /** Adds a namespace. `label`: small letters, digits and dashes, unlike those of the others. */
  async add(label: string, options: NamespaceOptions = {}): Promise<NetNamespace> {
    const name = `${this.#prefix}${label}`;
    const number = ++this.#members;
    const families = options.families ?? ['ipv4', 'ipv6'];
    const own = hostIn(this.#subnet, number);
    const addresses: Addresses = { ipv4: families.includes('ipv4') ? own.ipv4 : undefined, ipv6: families.includes('ipv6') ? own.ipv6 : undefined };
    writeFiles(name, options.files ?? {});
    await run('ip', ['netns', 'add', name]);
    await ipBatch(this.#hub, [`link add m${number} type veth peer name eth0 netns ${name}`, `link set m${number} master bridge`, `link set m${number} up`]);
    await ipBatch(name, ['link set lo up', 'link set eth0 up', ...addressLines(addresses, 'eth0'), ...this.#defaultRoutes(addresses)]);
    const namespace = new NetNamespace(name, addresses);
    // Its users are as free to take low ports as on a machine of their own.
    await namespace.run(['sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start']);
    return namespace;
  }

  /** Kills what runs in the namespaces and removes everything. Called again, it waits for the same. */
  async close(): Promise<void> {
    await this.#guard.remove();
  }

  async #makeHub(link: string): Promise<void> {
    await run('ip', ['netns', 'add', this.#hub]);
    await ipBatch(this.#hub, ['link set lo up', 'link add bridge type bridge forward_delay 0', 'link set bridge up']);
    await ipBatch(undefined, [`link add ${link} type veth peer name m1 netns ${this.#hub}`, `link set ${link} up`, ...addressLines(this.host, link)]);
    await ipBatch(this.#hub, ['link set m1 master bridge', 'link set m1 up']);
  }

  /** Without a route a connection fails before any rule sees it. */
  #defaultRoutes(addresses: Addresses): string[] {
    return [
      ...(addresses.ipv4 === undefined ? [] : [`route add default via ${this.host.ipv4}`]),
      ...(addresses.ipv6 === undefined ? [] : [`-6 route add default via ${this.host.ipv6}`]),
    ];
  }
}

function writeFiles(name: string, files: Readonly<Record<string, string>>): void {
  const folder = join(NAMESPACE_FILES, name);
  if (Object.keys(files).length > 0) mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content, { mode: 0o644 });
}

/** Addresses without duplicate detection, which would keep them from use for two seconds. */
function addressLines({ ipv4, ipv6 }: Addresses, link: string): string[] {
  return [...(ipv4 === undefined ? [] : [`address add ${ipv4}/24 dev ${link}`]), ...(ipv6 === undefined ? [] : [`-6 address add ${ipv6}/64 dev ${link} nodad`])];
}

/** Runs ip commands, in a namespace if given. Rejects with the words of the first that fails. */
async function ipBatch(namespace: string | undefined, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const args = [...(namespace === undefined ? [] : ['-n', namespace]), ...line.split(' ')];
    const child = spawn('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const [words, code] = await Promise.all([text(child.stderr), new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))]);
    if (code !== 0) throw new MeshError('internal/bug', `ip ${args.join(' ')}: ${words.trim()}`);
  }
}
