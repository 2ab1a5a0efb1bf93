import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAMILIES } from './family.ts';
import { mergeConfig } from './merge-config.ts';
import { nameserversOf } from './resolv-conf.ts';
import type { HostFacts } from './host-facts.ts';
import { restoreText } from './restore-text.ts';

const FACTS: HostFacts = { uid: 5678, nameservers: nameserversOf('nameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n'), dockerOutput: [], conntrackZones: true, commentModule: true };

/** Each case is a set of flags; the golden holds the rules of both families. */
const CASES: Readonly<Record<string, { readonly flags?: Readonly<Record<string, unknown>>; readonly document?: unknown; readonly facts?: Partial<HostFacts> }>> = {
  'defaults': {},
  'dns': { flags: { 'redirect-dns': true } },
  'dns-captured': { flags: { 'redirect-all-dns-traffic': true, 'redirect-dns-port': 5353 } },
  'dns-without-zones': { flags: { 'redirect-dns': true, 'skip-dns-conntrack-zone-split': true } },
  'dns-in-docker': { flags: { 'redirect-dns': true }, facts: { dockerOutput: ['IPv4'] } },
  'exclusions': {
    flags: {
      'exclude-inbound-ports': '22,9000-9010', 'exclude-inbound-ips': ['192.0.2.1,2001:db8::/32'], 'exclude-outbound-ports': '3306', 'exclude-outbound-ips': ['10.0.0.0/8', 'fd00::1'],
      'exclude-outbound-ports-for-uids': ['1000', 'tcp:1001-1005', '53,8000-8010:1006', 'udp:1-2,3,4,5,6,7,8,9,10,11,12,13,14,15,16:0', '*:*:7'],
    },
  },
  'only-some-ports': { document: { redirect: { inbound: { includePorts: [80, 443], excludePorts: [80] }, outbound: { includePorts: '8080,9000-9001', excludePorts: [1] } } } },
  'virtual-networks': { flags: { 'redirect-dns': true, 'vnet': ['docker0:172.17.0.0/16', 'br-+:172.18.0.0/16', 'docker0:fd00:17::/64'], 'kuma-dp-user': 'x' } },
  'inserted': { flags: { 'redirect-inbound-insert-instead-of-append': true, 'redirect-outbound-insert-instead-of-append': true, 'iptables-logs': true, 'drop-invalid-packets': true } },
  'verbose': { flags: { 'verbose': true, 'redirect-dns': true, 'exclude-outbound-ports': '22' } },
  'without-comments': { flags: { 'disable-comments': true } },
  'nothing-redirected': { flags: { 'redirect-inbound': 'false' }, document: { redirect: { outbound: { enabled: false } } } },
};

describe('rules', () => {
  for (const [name, { flags = {}, document, facts }] of Object.entries(CASES)) {
    it(`are those of the golden ${name} (UPDATE_GOLDENS=1 rewrites it)`, () => {
      const config = mergeConfig({ documents: document === undefined ? [] : [{ name, content: document }], env: {}, flags });
      if (!config.ok) throw new Error(JSON.stringify(config.error));
      const text = FAMILIES.map((family) => `### ${family.name} ###\n\n${restoreText(config.value, family, { ...FACTS, ...facts })}`).join('\n');
      const file = join(import.meta.dirname, 'goldens', `${name}.rules`);
      if (process.env['UPDATE_GOLDENS'] === '1') {
        mkdirSync(join(file, '..'), { recursive: true });
        writeFileSync(file, text);
      }
      expect(existsSync(file), `${name}.rules is missing`).toBe(true);
      expect(text).toBe(readFileSync(file, 'utf8'));
    });
  }
});
