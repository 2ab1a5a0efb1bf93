import type { Violation } from '@weft/kernel';
import { tagViolations } from '../../rules/tags.ts';

const PROTOCOLS = ['grpc', 'http', 'http2', 'kafka', 'tcp'];

/** Rules of the tags of an inbound or a gateway. A set that is empty, or holds only the zone that the control plane adds, needs no service. */
export function proxyTagViolations(path: string, tags: Readonly<Record<string, string>>, { gateway }: { readonly gateway: boolean }): readonly Violation[] {
  const own = Object.keys(tags).filter((key) => key !== 'kuma.io/zone');
  return [...tagViolations(path, tags, { requireService: gateway || own.length > 0 }), ...protocolViolations(path, tags['kuma.io/protocol'], gateway)];
}

function protocolViolations(path: string, protocol: string | undefined, gateway: boolean): readonly Violation[] {
  if (protocol === undefined || protocol === '') return [];
  const at = `${path}["kuma.io/protocol"]`;
  if (gateway) return protocol === 'tcp' ? [] : [{ path: at, message: 'other values than TCP are not allowed' }];
  return PROTOCOLS.includes(protocol)
    ? []
    : [{ path: at, message: `tag "kuma.io/protocol" has an invalid value "${protocol}". Allowed values: ${PROTOCOLS.join(', ')}` }];
}
