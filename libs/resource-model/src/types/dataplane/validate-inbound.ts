import { parseDuration, type Violation } from '@weft/kernel';
import { addressViolations } from '../../rules/address.ts';
import { portViolations } from '../../rules/port.ts';
import type { DataplaneInbound, DataplaneNetworking } from './schema.ts';
import { proxyTagViolations } from './validate-tags.ts';

/** Rules of one inbound. */
export function inboundViolations(inbound: DataplaneInbound, { path, networking }: { readonly path: string; readonly networking: DataplaneNetworking }): readonly Violation[] {
  const { address, serviceAddress, servicePort = 0 } = inbound;
  return [
    ...portViolations(`${path}.port`, inbound.port),
    ...(servicePort === 0 ? [] : portViolations(`${path}.servicePort`, servicePort)),
    ...(serviceAddress === undefined ? [] : addressViolations(`${path}.serviceAddress`, serviceAddress)),
    ...(address === undefined ? [] : addressViolations(`${path}.address`, address)),
    ...loopViolations(inbound, { path, networking }),
    ...proxyTagViolations(`${path}.tags`, inbound.tags ?? {}, { gateway: false }),
    ...probeViolations(inbound, path),
  ];
}

// An application behind its own proxy's address would make the proxy call itself.
function loopViolations({ port, servicePort, address, serviceAddress }: DataplaneInbound, { path, networking }: { readonly path: string; readonly networking: DataplaneNetworking }): readonly Violation[] {
  if (serviceAddress === undefined || serviceAddress !== (address ?? networking.address)) return [];
  return (servicePort ?? port) === port ? [{ path: `${path}.serviceAddress`, message: 'serviceAddress and servicePort have to differ from address and port' }] : [];
}

function probeViolations({ serviceProbe }: DataplaneInbound, path: string): readonly Violation[] {
  if (serviceProbe === undefined) return [];
  return (['interval', 'timeout'] as const).flatMap((field) => {
    const text = serviceProbe[field];
    const parsed = text === undefined ? undefined : parseDuration(text);
    return parsed?.ok === true && parsed.value <= 0 ? [{ path: `${path}.serviceProbe.${field}`, message: 'must be greater than zero when defined' }] : [];
  });
}
