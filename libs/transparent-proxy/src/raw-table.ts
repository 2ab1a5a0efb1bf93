import type { RuleContext } from './rule-context.ts';
import type { Rule, Table } from './rule.ts';

/**
 * Two zones of connection tracking for DNS: an app's question that was redirected, and the proxy's own question to the same server
 * from the same port, would otherwise be taken for one connection.
 */
export function rawTable({ uid, dns, family, facts, config }: RuleContext): Table {
  const skipped = !dns.enabled || config.redirect.dns.skipConntrackZoneSplit || !facts.conntrackZones || (config.redirect.dns.captureAll && facts.dockerOutput.includes(family.name));
  if (skipped) return { name: 'raw', newChains: [], rules: [] };
  const rule = (chain: string, zone: string, about: string, ...args: string[]): Rule => ({ chain, args: [...args, '-j', 'CT', '--zone', zone], about: `dns/${about}` });
  const owner = ['-m', 'owner', '--uid-owner', uid];
  const loopbackServers = dns.servers.filter((server) => server.startsWith('127.') || server === '::1');
  return {
    name: 'raw',
    newChains: [],
    rules: [
      rule('OUTPUT', '1', 'zone-of-proxy', '-p', 'udp', '--dport', '53', ...owner),
      rule('OUTPUT', '2', 'zone-of-answers-to-apps', '-p', 'udp', '--sport', dns.port, ...owner),
      ...dns.destinations.map((destination) => rule('OUTPUT', '2', 'zone-of-apps', ...destination, '-p', 'udp', '--dport', '53')),
      ...loopbackServers.map((server) => rule('OUTPUT', '1', 'zone-of-local-server', '-s', server, '-d', family.loopback, '-p', 'udp', '--sport', '53')),
      ...dns.sources.map((source) => rule('PREROUTING', '1', 'zone-of-answers-to-proxy', ...source, '-p', 'udp', '--sport', '53')),
    ],
  };
}
