import type { Violation } from '@weft/kernel';
import { addressViolations } from '../../rules/address.ts';
import { portViolations } from '../../rules/port.ts';
import { tagViolations } from '../../rules/tags.ts';
import type { DataplaneOutbound } from './schema.ts';

const KINDS = ['MeshService', 'MeshExternalService', 'MeshMultiZoneService'];

/** Rules of one outbound: a port, and either tags or a backendRef. */
export function outboundViolations(outbound: DataplaneOutbound, path: string): readonly Violation[] {
  const { tags = {}, backendRef } = outbound;
  const tagged = Object.keys(tags).length > 0;
  return [
    ...portViolations(`${path}.port`, outbound.port),
    ...(outbound.address === undefined ? [] : addressViolations(`${path}.address`, outbound.address)),
    ...(tagged && backendRef !== undefined ? [{ path, message: 'both backendRef and tags cannot be defined' }] : []),
    ...(backendRef === undefined ? tagViolations(`${path}.tags`, tags, { requireService: true }) : backendRefViolations(backendRef, `${path}.backendRef`)),
  ];
}

function backendRefViolations(ref: NonNullable<DataplaneOutbound['backendRef']>, path: string): readonly Violation[] {
  const kind = ref.kind ?? '';
  const named = (ref.name ?? '') !== '';
  const labelled = Object.keys(ref.labels ?? {}).length > 0;
  return [
    ...(KINDS.includes(kind) ? [] : [{ path: `${path}.kind`, message: `invalid value "${kind}". Available values are: ${KINDS.join(', ')}` }]),
    ...(named === labelled ? [{ path, message: `either 'name' or 'labels' should be specified${named ? ', not both' : ''}` }] : []),
    ...portViolations(`${path}.port`, ref.port),
  ];
}
