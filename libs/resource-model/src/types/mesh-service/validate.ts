import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import { portViolations } from '../../rules/port.ts';
import { tagViolations } from '../../rules/tags.ts';
import type { MeshServicePort, MeshServiceSpec } from './schema.ts';

const SELECTORS = ['dataplaneTags', 'dataplaneRef', 'dataplaneLabels'] as const;

/** Semantic rules of MeshService. */
export function validateMeshService({ spec }: Resource<MeshServiceSpec>): readonly Violation[] {
  const { selector, ports = [] } = spec;
  return [
    ...(selector === undefined ? [] : selectorViolations(selector)),
    ...ports.flatMap((port, index) => ownPortViolations(port, { path: `spec.ports[${index}]`, earlier: ports.slice(0, index) })),
  ];
}

function selectorViolations(selector: NonNullable<MeshServiceSpec['selector']>): readonly Violation[] {
  const given = SELECTORS.filter((key) => selector[key] !== undefined);
  const tags = tagViolations('spec.selector.dataplaneTags', selector.dataplaneTags ?? {});
  return given.length > 1 ? [{ path: 'spec.selector', message: `selector must have exactly one defined: ${SELECTORS.join(', ')}` }, ...tags] : tags;
}

function ownPortViolations(port: MeshServicePort, { path, earlier }: { readonly path: string; readonly earlier: readonly MeshServicePort[] }): readonly Violation[] {
  const targetPort = port.targetPort ?? port.port;
  return [
    ...(port.name !== undefined && earlier.some(({ name }) => name === port.name) ? [{ path: `${path}.name`, message: `"${port.name}" name is already used for another port` }] : []),
    ...portViolations(`${path}.port`, port.port),
    ...(earlier.some((other) => other.port === port.port) ? [{ path: `${path}.port`, message: `port ${port.port} is already used by another entry` }] : []),
    ...(typeof targetPort === 'number' ? portViolations(`${path}.targetPort`, targetPort) : []),
  ];
}
