import { readFileSync } from 'node:fs';
import { MeshError } from '@weft/kernel';
import { nameserversOf, type Family, type HostFacts, type TransparentProxyConfig } from '@weft/transparent-proxy';
import type { IptablesPrograms } from './iptables-programs.ts';
import { proxyUserId } from './proxy-user.ts';
import { runProgram } from './run-program.ts';

/** Looks at the machine. Rejects when it lacks what no rule can do without: the proxy's user, the owner match. */
export async function findHostFacts(config: TransparentProxyConfig, programs: readonly IptablesPrograms[], warn: (text: string) => void): Promise<HostFacts> {
  const uid = await proxyUserId(config.kumaDPUser);
  const [first] = programs;
  const knows = async (...args: string[]): Promise<boolean> => first !== undefined && (await runProgram(first.iptables, [...args, '--help'])).code === 0;
  for (const module of ['owner', 'tcp', 'udp', 'multiport']) {
    if (!(await knows('-m', module))) throw new MeshError('config/invalid', `${first?.name ?? 'iptables'} lacks the match "${module}", without which nothing can be redirected: install the full iptables package`);
  }
  const [conntrackZones, commentModule] = [await knows('-j', 'CT'), await knows('-m', 'comment')];
  if (!conntrackZones && dnsWanted(config)) warn('iptables lacks the target CT: DNS is tracked in one zone');
  if (!commentModule) warn('iptables lacks the match "comment": uninstall will not find the rules');
  const dockerOutput: Family['name'][] = [];
  for (const one of programs) if ((await runProgram(one.iptables, ['-t', 'nat', '-S', 'DOCKER_OUTPUT'])).code === 0) dockerOutput.push(one.family);
  return { uid, nameservers: readNameservers(config, programs, warn), dockerOutput, conntrackZones, commentModule };
}

function readNameservers({ redirect: { dns } }: TransparentProxyConfig, programs: readonly IptablesPrograms[], warn: (text: string) => void): HostFacts['nameservers'] {
  if (!dns.enabled || dns.captureAll) return { IPv4: [], IPv6: [] };
  let content: string;
  try {
    content = readFileSync(dns.resolvConfigPath, 'utf8');
  } catch (error) {
    throw new MeshError('config/invalid', `${dns.resolvConfigPath} cannot be read (${(error as Error).message}); redirect.dns.resolvConfigPath names another file`);
  }
  const servers = nameserversOf(content);
  for (const { family } of programs) if (servers[family].length === 0) warn(`${dns.resolvConfigPath} names no ${family} server: DNS is not redirected over ${family}`);
  return servers;
}

function dnsWanted({ redirect: { dns } }: TransparentProxyConfig): boolean {
  return dns.enabled || dns.captureAll;
}
