import type { Family } from './family.ts';

/** DNS servers by family. */
export type Nameservers = Readonly<Record<Family['name'], readonly string[]>>;

/** The servers that a resolv.conf names, each once. Source: resolv.conf(5). */
export function nameserversOf(text: string): Nameservers {
  const servers = text.split('\n').flatMap((line) => {
    const [, server] = /^\s*nameserver\s+([0-9a-f.:]+)/i.exec(line) ?? [];
    return server === undefined ? [] : [server];
  });
  const unique = [...new Set(servers)];
  return { IPv4: unique.filter((server) => !server.includes(':')), IPv6: unique.filter((server) => server.includes(':')) };
}
