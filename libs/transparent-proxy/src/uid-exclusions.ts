/** Users whose traffic is left alone. */
export interface UidExclusion {
  readonly protocol: 'tcp' | 'udp';
  /** As multiport takes them; empty: every port. */
  readonly ports: readonly string[];
  /** One id, or a range `1000-1005`. */
  readonly uids: string;
}

/** Reads `[protocol:][ports:]uids`, which must be of that form; without a protocol, or with `*`, it is for both. */
export function uidExclusions(text: string): readonly UidExclusion[] {
  const parts = text.split(':');
  const uids = parts.pop() ?? '';
  const [first = '*', second = '*'] = parts;
  const named = first === 'tcp' || first === 'udp' || parts.length === 2;
  const protocol = named ? first : '*';
  const ports = (named ? second : first).split(',').filter((port) => port !== '*').map((port) => port.replace('-', ':'));
  return (protocol === 'tcp' || protocol === 'udp' ? [protocol] as const : ['tcp', 'udp'] as const).map((one) => ({ protocol: one, ports, uids }));
}

/** Groups of at most 15 ports, a range counting as two: more does not fit into one rule. Source: iptables-extensions(8), multiport. */
export function portGroups(ports: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  let weight = Infinity;
  for (const port of ports) {
    const weighs = port.includes(':') ? 2 : 1;
    if (weight + weighs > 15) {
      groups.push([]);
      weight = 0;
    }
    groups.at(-1)?.push(port);
    weight += weighs;
  }
  return groups;
}
