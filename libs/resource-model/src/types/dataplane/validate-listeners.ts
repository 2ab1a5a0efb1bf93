import type { Violation } from '@weft/kernel';
import { addressViolations } from '../../rules/address.ts';
import { portViolations } from '../../rules/port.ts';
import type { DataplaneListener, DataplaneNetworking } from './schema.ts';

/** Rules of zone-proxy listeners: a type, an address of their own, and names unique over inbounds and listeners. */
export function listenerViolations(networking: DataplaneNetworking): readonly Violation[] {
  const { inbound = [], listeners = [] } = networking;
  const names = new Set<string>();
  const places = new Set(inbound.map((one) => placeOf(one, networking)));
  return [
    ...inbound.flatMap(({ name }, index) => takeName(name, { names, path: `networking.inbound[${index}].name` })),
    ...listeners.flatMap((listener, index) => {
      const path = `networking.listeners[${index}]`;
      return [
        ...ownViolations(listener, path),
        ...takeName(listener.name, { names, path: `${path}.name` }),
        ...takePlace(placeOf(listener, networking), { places, path }),
      ];
    }),
  ];
}

function ownViolations({ type, address, port }: DataplaneListener, path: string): readonly Violation[] {
  return [
    ...(type === undefined || type === 'Unspecified' ? [{ path: `${path}.type`, message: 'must be defined' }] : []),
    ...(address === undefined ? [] : addressViolations(`${path}.address`, address)),
    ...portViolations(`${path}.port`, port),
  ];
}

function takeName(name: string | undefined, { names, path }: { readonly names: Set<string>; readonly path: string }): readonly Violation[] {
  if (name === undefined || name === '') return [];
  if (names.has(name)) return [{ path, message: `"${name}" name is already used for another inbound or listener` }];
  names.add(name);
  return [];
}

function takePlace(place: string, { places, path }: { readonly places: Set<string>; readonly path: string }): readonly Violation[] {
  if (places.has(place)) return [{ path, message: `address ${place} is already used by another inbound or listener` }];
  places.add(place);
  return [];
}

function placeOf({ address, port = 0 }: { readonly address?: string; readonly port?: number }, networking: DataplaneNetworking): string {
  return `${address ?? networking.address ?? ''}:${port}`;
}
