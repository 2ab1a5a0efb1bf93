import { err, MeshError, ok, type Result } from '@weft/kernel';
import { parse } from 'yaml';

/** How connections of the workload are redirected, as far as its proxy must know (Kuma 2.14's transparent-proxy configuration). */
export interface TransparentProxyConfig {
  readonly ipv6: boolean;
  readonly inbound: RedirectedPort;
  readonly outbound: RedirectedPort;
  /** Port to which DNS queries are redirected: the agent answers there. */
  readonly dnsPort: number;
  /** True where containers behind a bridge are redirected too: then names are answered on all addresses. */
  readonly virtualNetworks: boolean;
  /** Names the host's resolvers. */
  readonly resolvConf: string;
}

/** Where one direction is redirected to. */
export interface RedirectedPort {
  readonly enabled: boolean;
  readonly port: number;
}

/** Without a configuration: what `install transparent-proxy` does by default. */
export const DEFAULT_TRANSPARENT_PROXY: TransparentProxyConfig = {
  ipv6: true, inbound: { enabled: true, port: 15_006 }, outbound: { enabled: true, port: 15_001 }, dnsPort: 15_053, virtualNetworks: false,
  resolvConf: '/etc/resolv.conf',
};

interface Section {
  readonly enabled?: unknown;
  readonly port?: unknown;
}

interface Document {
  readonly ipFamilyMode?: unknown;
  readonly redirect?: { readonly inbound?: Section; readonly outbound?: Section; readonly dns?: Section & { readonly resolvConfigPath?: unknown }; readonly vnet?: { readonly networks?: unknown } };
}

/** Reads configurations (YAML or JSON), each over those before it. The error has code `config/invalid`. Pure. */
export function readTransparentProxyConfig(texts: readonly string[]): Result<TransparentProxyConfig, MeshError> {
  let config = DEFAULT_TRANSPARENT_PROXY;
  for (const text of texts) {
    const document = parsed(text);
    if (!document.ok) return document;
    const merged = merge(config, document.value);
    if (typeof merged === 'string') return invalid(merged);
    config = merged;
  }
  return ok(config);
}

function parsed(text: string): Result<Document, MeshError> {
  try {
    const value = parse(text) as unknown;
    return typeof value === 'object' && !Array.isArray(value) ? ok(value ?? {}) : invalid('it is no YAML object');
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
}

/** A text says what is wrong. */
function merge(base: TransparentProxyConfig, { ipFamilyMode, redirect = {} }: Document): TransparentProxyConfig | string {
  const { inbound = {}, outbound = {}, dns = {}, vnet } = redirect;
  const wrong = Object.entries({ inbound, outbound, dns }).find(([, { port }]) => port !== undefined && !isPort(port));
  if (wrong !== undefined) return `redirect.${wrong[0]}.port: ${JSON.stringify(wrong[1].port)} is no port`;
  const family = typeof ipFamilyMode === 'string' ? ipFamilyMode.toLowerCase() : ipFamilyMode;
  if (family !== undefined && family !== 'dualstack' && family !== 'ipv4') return `ipFamilyMode: ${JSON.stringify(ipFamilyMode)} is neither dualstack nor ipv4`;
  return {
    ipv6: family === undefined ? base.ipv6 : family === 'dualstack',
    inbound: section(base.inbound, inbound),
    outbound: section(base.outbound, outbound),
    dnsPort: isPort(dns.port) ? dns.port : base.dnsPort,
    virtualNetworks: vnet?.networks === undefined ? base.virtualNetworks : Array.isArray(vnet.networks) && vnet.networks.length > 0,
    resolvConf: typeof dns.resolvConfigPath === 'string' && dns.resolvConfigPath !== '' ? dns.resolvConfigPath : base.resolvConf,
  };
}

function section(base: RedirectedPort, { enabled, port }: Section): RedirectedPort {
  return { enabled: typeof enabled === 'boolean' ? enabled : base.enabled, port: isPort(port) ? port : base.port };
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;
}

function invalid(why: string): Result<never, MeshError> {
  return err(new MeshError('config/invalid', `--transparent-proxy-config cannot be used: ${why}`));
}
