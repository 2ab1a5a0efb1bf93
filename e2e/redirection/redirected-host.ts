import { chownSync, mkdirSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { NamespaceNetwork, NamespaceOptions, NetNamespace } from '@weft/net-namespace';
import { TestProcess } from '../harness/processes.ts';
import type { OtherAgent, ProxyHost, TestMesh, TestProxy } from '../harness/test-mesh.ts';

const root = join(import.meta.dirname, '..', '..');
const PROXY = { uid: 5678, readsAll: true };
/** Whoever is not the proxy: an app that nobody changed. */
const APP = { uid: 1000, readsAll: true };

/** A host to make. */
export interface HostSpec {
  readonly name: string;
  /** Value of `kuma.io/service`, and of the inbound. */
  readonly service: string;
  /** Port of the app and of the inbound. */
  readonly port: number;
  readonly families?: NamespaceOptions['families'];
  /** Flags for `weftctl install transparent-proxy` besides those for DNS. */
  readonly install?: readonly string[];
  readonly protocol?: 'http' | 'tcp';
  /** Further fields of the Dataplane's networking. */
  readonly networking?: Readonly<Record<string, unknown>>;
  /** Another agent than ours. */
  readonly agent?: OtherAgent;
  /** Addresses of the host's resolvers; absent: this machine, where none answers. */
  readonly resolvers?: readonly string[];
  /** Called when rules and app are there, and the proxy is not yet. */
  readonly beforeProxy?: (namespace: NetNamespace) => Promise<void>;
}

/** A network namespace with a workload, its proxy, and the rules that redirect to it. */
export class RedirectedHost {
  readonly namespace: NetNamespace;
  readonly proxy: TestProxy;

  private constructor(namespace: NetNamespace, proxy: TestProxy) {
    this.namespace = namespace;
    this.proxy = proxy;
  }

  /** Installs the rules, starts the app and the proxy, and waits until that is ready. */
  static async start(mesh: TestMesh, network: NamespaceNetwork, spec: HostSpec): Promise<RedirectedHost> {
    const families = spec.families ?? ['ipv4', 'ipv6'];
    const gateway = families.includes('ipv4') ? network.host.ipv4 : network.host.ipv6;
    const namespace = await network.add(spec.name, {
      families,
      files: {
        'resolv.conf': (spec.resolvers ?? families.map((family) => network.host[family])).map((resolver) => `nameserver ${resolver}\n`).join(''),
        'passwd': 'root:x:0:0::/root:/bin/sh\nweft-dp:x:5678:5678::/nonexistent:/usr/sbin/nologin\n',
        'nsswitch.conf': 'hosts: dns\n',
      },
    });
    const installed = await namespace.run([process.execPath, join(root, 'apps/ctl/dist/main.js'), 'install', 'transparent-proxy', '--redirect-dns', ...(spec.install ?? [])]);
    if (installed.code !== 0) throw new Error(installed.stderr);
    await serve(namespace, spec.name, spec.port);
    await spec.beforeProxy?.(namespace);
    const tags = { 'kuma.io/service': spec.service, 'kuma.io/protocol': spec.protocol ?? 'http' };
    const address = namespace.addresses.ipv4 ?? namespace.addresses.ipv6 ?? '';
    const host: ProxyHost = {
      controlPlane: isIPv6(gateway) ? `[${gateway}]` : gateway,
      command: (args) => namespace.command(args, PROXY),
      prepare: (workDir) => {
        mkdirSync(workDir, { recursive: true });
        chownSync(workDir, PROXY.uid, PROXY.uid);
      },
      flags: ['--transparent-proxy'],
      env: {},
    };
    const proxy = await mesh.startProxy({ name: spec.name, host, ...(spec.agent !== undefined && { agent: spec.agent }), networking: { address, inbound: [{ port: spec.port, tags }], ...spec.networking } });
    // Envoy is ready a moment before the agent has read the names from it.
    if (spec.agent === undefined) await proxy.agent.until('knows the names', () => Promise.resolve(proxy.agent.output.includes('names of the mesh on port')));
    return new RedirectedHost(namespace, proxy);
  }

  /** What curl prints, or its exit code and complaint: `curl 7: …`. */
  async curl(...args: string[]): Promise<string> {
    return curl(this.namespace, ...args);
  }
}

/** The same from any namespace, as an app does it. */
export async function curl(from: NetNamespace, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await from.run(['curl', '--silent', '--show-error', '--max-time', '10', ...args], { as: APP });
  return code === 0 ? stdout : `curl ${String(code)}: ${stderr.trim()}`;
}

/** A plain server that answers every HTTP request with its name, the caller's certificate if the proxy told of it, and where the connection came from. */
export async function serve(namespace: NetNamespace, name: string, port: number): Promise<void> {
  const program = `require('node:http').createServer((req, res) => res.end(JSON.stringify({ name: ${JSON.stringify(name)}, client: req.headers['x-forwarded-client-cert'], from: req.socket.remoteAddress }))).listen(${port}, '::', () => console.log('listening'))`;
  const app = new TestProcess(`app ${name}`, { args: ['-e', program], inside: (args) => namespace.command(args, APP) });
  await app.until('listens', async () => app.output.includes('listening'));
}
