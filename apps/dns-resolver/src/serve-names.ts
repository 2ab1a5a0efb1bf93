import { BlockList, isIP, isIPv6 } from 'node:net';
import { CachingForwarder, hostResolvers, parseResolver, startDnsServer, UpstreamQueries, type DnsServer, type Lookup, type NoAnswer, type Resolver } from '@weft/dns-server';
import { MeshError, type Clock } from '@weft/kernel';
import type { Logger } from '@weft/service-runtime';

/** The part of the configuration that the server reads. */
export interface NameServerConfig {
  readonly enabled: boolean;
  /** Address to listen on; empty for all. */
  readonly interface: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Resolvers for names of the world, such as `10.0.0.2:53`; none: those of the host. */
  readonly upstreams: readonly string[];
  /** Ranges of clients that may ask for names of the world. */
  readonly forwardFor: readonly string[];
}

/** What the server works with. */
export interface NameServerPorts {
  readonly config: NameServerConfig;
  readonly lookup: (name: string) => Lookup;
  readonly clock: Clock;
  readonly log: Logger;
}

const RESOLV_CONF = '/etc/resolv.conf';
/** A trouble that lasts is told again after this long. */
const TELL_AGAIN_MS = 60_000;
const WHY: Readonly<Record<NoAnswer, string>> = {
  'timeout': 'no resolver answered: see dnsServer.upstreams, or the resolv.conf of this host',
  'overload': 'too many questions wait for resolvers; some were not asked',
  'loop': 'a resolver hands questions back to this server: name another in dnsServer.upstreams',
  'no-resolver': 'there is no resolver for names of the world: set dnsServer.upstreams, or name one in the resolv.conf of this host',
};

/** A DNS server that serves names of the mesh. */
export interface NameServer extends DnsServer {
  /** `host:port`. */
  readonly address: string;
  /** Answers of the world that are kept, and questions that resolvers are asked now. */
  held(): Readonly<Record<'dns_answers_kept' | 'dns_open_questions', number>>;
}

/** Serves DNS as the configuration says: names of ours from `lookup`, the world's through a cache. Undefined where it is turned off. Rejects with `config/invalid`, or the system's error where it cannot listen. */
export async function serveNames({ config, lookup, clock, log }: NameServerPorts): Promise<NameServer | undefined> {
  if (!config.enabled) return undefined;
  const given = config.upstreams.map(resolverFrom);
  const upstream = new UpstreamQueries(given.length > 0 ? () => given : hostResolvers(RESOLV_CONF));
  const forwarder = new CachingForwarder({ upstream, clock });
  const allowed = rangesOf(config.forwardFor);
  const told = new Map<NoAnswer, number>();
  const onNoAnswer = (why: NoAnswer): void => {
    if (clock.now() - (told.get(why) ?? -Infinity) < TELL_AGAIN_MS) return;
    told.set(why, clock.now());
    log.warn({ reason: why }, `DNS: ${WHY[why]}`);
  };
  const hosts = config.interface === '' ? ['0.0.0.0', '::'] : [config.interface];
  const server = await startDnsServer({
    hosts, port: config.port, lookup, forwarder, onNoAnswer,
    mayForward: (address) => isIP(address) !== 0 && allowed.check(address.replace(/%.*$/, ''), isIPv6(address) ? 'ipv6' : 'ipv4'),
  });
  const [host = ''] = hosts;
  return {
    ...server,
    address: `${isIPv6(host) ? `[${host}]` : host}:${server.port}`,
    held: () => ({ dns_answers_kept: forwarder.sizes.kept, dns_open_questions: forwarder.sizes.open }),
  };
}

function resolverFrom(text: string): Resolver {
  const resolver = parseResolver(text);
  if (!resolver.ok) throw new MeshError('config/invalid', `dnsServer.upstreams: ${resolver.error}`);
  return resolver.value;
}

function rangesOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits = 'none'] = range.split('/');
    try {
      list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
    } catch (cause) {
      throw new MeshError('config/invalid', `dnsServer.forwardFor: "${range}" is no address range, such as 10.0.0.0/8 or fd00::/8`, { cause });
    }
  }
  return list;
}
