import { portGroups, uidExclusions } from './uid-exclusions.ts';
import type { RuleContext } from './rule-context.ts';
import type { Rule, Table } from './rule.ts';

const INBOUND = 'KUMA_MESH_INBOUND';
const OUTBOUND = 'KUMA_MESH_OUTBOUND';
const TO_INBOUND = 'KUMA_MESH_INBOUND_REDIRECT';
const TO_OUTBOUND = 'KUMA_MESH_OUTBOUND_REDIRECT';

/** Redirection itself. */
export function natTable(context: RuleContext): Table {
  const { inbound, outbound } = context.config.redirect;
  return {
    name: 'nat',
    newChains: [INBOUND, OUTBOUND, TO_INBOUND, TO_OUTBOUND],
    rules: [
      ...preroutingRules(context),
      ...outputRules(context),
      ...inboundRules(context),
      ...outboundRules(context),
      ...redirectTo(TO_INBOUND, inbound.port, 'inbound'),
      ...redirectTo(TO_OUTBOUND, outbound.port, 'outbound'),
    ],
  };
}

function redirectTo(chain: string, port: number, direction: string): Rule[] {
  return [{ chain, args: ['-p', 'tcp', '-j', 'REDIRECT', '--to-ports', String(port)], about: `${direction}/to-proxy` }];
}

/** What comes in. */
function inboundRules({ config, family }: RuleContext): Rule[] {
  const { enabled, includePorts, excludePorts, excludePortsForIPs } = config.redirect.inbound;
  const rule = (about: string, ...args: string[]): Rule => ({ chain: INBOUND, args, about: `inbound/${about}` });
  if (!enabled) return [rule('disabled', '-p', 'tcp', '-j', 'RETURN')];
  const exclusions = excludePortsForIPs.filter(family.has).map((source) => rule('exclude-ip', '-s', source, '-p', 'tcp', '-j', 'RETURN'));
  if (includePorts.length > 0) return [...exclusions, ...includePorts.map((port) => rule('include-port', '-p', 'tcp', '--dport', port, '-j', TO_INBOUND))];
  return [
    ...exclusions,
    ...excludePorts.map((port) => rule('exclude-port', '-p', 'tcp', '--dport', port, '-j', 'RETURN')),
    rule('redirect', '-p', 'tcp', '-j', TO_INBOUND),
  ];
}

/** What goes out. The app's calls to itself stay, the proxy's own traffic passes, and its calls to this machine's addresses come in again. */
function outboundRules({ config, family, uid }: RuleContext): Rule[] {
  const { enabled, includePorts, excludePorts } = config.redirect.outbound;
  const rule = (about: string, ...args: string[]): Rule => ({ chain: OUTBOUND, args, about: `outbound/${about}` });
  if (!enabled) return [rule('disabled', '-p', 'tcp', '-j', 'RETURN')];
  const owner = ['-m', 'owner', '--uid-owner', uid];
  const notOwner = ['-m', 'owner', '!', '--uid-owner', uid];
  const fixed = [
    rule('from-inbound-passthrough', '-s', family.inboundSource, '-o', 'lo', '-j', 'RETURN'),
    rule('proxy-to-this-host', '-p', 'tcp', '-o', 'lo', '!', '-d', family.loopback, ...owner, '-j', TO_INBOUND),
    rule('app-to-this-host', '-p', 'tcp', '-o', 'lo', ...notOwner, '-j', 'RETURN'),
    rule('from-proxy', ...owner, '-j', 'RETURN'),
    rule('to-loopback', '-d', family.loopback, '-j', 'RETURN'),
  ];
  const redirect = includePorts.length > 0
    ? includePorts.map((port) => rule('include-port', '-p', 'tcp', '--dport', port, '-j', TO_OUTBOUND))
    : [rule('redirect', '-p', 'tcp', '-j', TO_OUTBOUND)];
  const exclusions = includePorts.length > 0 ? [] : excludePorts.map((port) => rule('exclude-port', '-p', 'tcp', '--dport', port, '-j', 'RETURN'));
  return [...exclusions, ...fixed, ...redirect];
}

function preroutingRules(context: RuleContext): Rule[] {
  const { config, family, dns } = context;
  const chain = 'PREROUTING';
  const networks = config.redirect.vnet.networks.map((text) => ({ device: text.slice(0, text.indexOf(':')), network: text.slice(text.indexOf(':') + 1) }));
  const virtual = networks.filter(({ network }) => family.has(network)).flatMap(({ device, network }): Rule[] => [
    ...(dns.enabled ? [{ chain, args: ['-i', device, '-p', 'udp', '--dport', '53', '-j', 'REDIRECT', '--to-ports', dns.port], about: 'vnet/dns' }] : []),
    { chain, args: ['-i', device, '!', '-d', network, '-p', 'tcp', '-j', 'REDIRECT', '--to-ports', String(config.redirect.outbound.port)], about: 'vnet/outbound' },
  ]);
  const jump: Rule = { chain, args: ['-p', 'tcp', '-j', INBOUND], about: 'inbound/jump' };
  const inserted = networks.length > 0 || config.redirect.inbound.insertRedirectInsteadOfAppend;
  return inserted ? numbered([...logRule(context, chain), ...virtual, jump]) : [...logRule(context, chain), jump];
}

/** Exclusions and DNS always stand before the rules that are there; the jump does where asked, and then behind these. */
function outputRules(context: RuleContext): Rule[] {
  const [first, last] = [exclusionsAndDns(context), tcpDnsAndJump(context)];
  return context.config.redirect.outbound.insertRedirectInsteadOfAppend ? numbered([...first, ...last]) : [...numbered(first), ...last];
}

function exclusionsAndDns(context: RuleContext): Rule[] {
  const { config, family, uid, dns, facts } = context;
  const chain = 'OUTPUT';
  const { excludePortsForUIDs, excludePortsForIPs } = config.redirect.outbound;
  const users = excludePortsForUIDs.flatMap(uidExclusions).flatMap(({ protocol, ports, uids }) => {
    const matches = ports.length === 0 ? [[]] : portGroups(ports).map((group) => ['-m', 'multiport', '--dports', group.join(',')]);
    return matches.map((match): Rule => ({ chain, args: ['-p', protocol, ...match, '-m', 'owner', '--uid-owner', uids, '-j', 'RETURN'], about: 'outbound/exclude-uid' }));
  });
  const addresses = excludePortsForIPs.filter(family.has).map((destination): Rule => ({ chain, args: ['-d', destination, '-j', 'RETURN'], about: 'outbound/exclude-ip' }));
  const ownDns = facts.dockerOutput.includes(family.name) ? 'DOCKER_OUTPUT' : 'RETURN';
  const names: Rule[] = !dns.enabled ? [] : [
    { chain, args: ['-p', 'udp', '--dport', '53', '-m', 'owner', '--uid-owner', uid, '-j', ownDns], about: 'dns/from-proxy' },
    ...dns.destinations.map((destination): Rule => ({ chain, args: [...destination, '-p', 'udp', '--dport', '53', '-j', 'REDIRECT', '--to-ports', dns.port], about: 'dns/redirect' })),
  ];
  return [...logRule(context, chain), ...users, ...addresses, ...names];
}

function tcpDnsAndJump({ uid, dns }: RuleContext): Rule[] {
  const chain = 'OUTPUT';
  const tcpDns: Rule[] = dns.enabled ? [{ chain, args: ['-p', 'tcp', '--dport', '53', '-m', 'owner', '!', '--uid-owner', uid, '-j', 'RETURN'], about: 'dns/over-tcp' }] : [];
  return [...tcpDns, { chain, args: ['-p', 'tcp', '-j', OUTBOUND], about: 'outbound/jump' }];
}

function logRule({ config }: RuleContext, chain: string): Rule[] {
  return config.log.enabled ? [{ chain, args: ['-j', 'LOG', '--log-prefix', `"${chain}:"`, '--log-level', String(config.log.level)], about: 'log' }] : [];
}

function numbered(rules: readonly Rule[]): Rule[] {
  return rules.map((rule, index) => ({ ...rule, at: index + 1 }));
}
