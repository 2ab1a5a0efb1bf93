import type { Violation } from '@weft/kernel';
import type { MeshRetryConf } from './schema.ts';

type HostSelection = NonNullable<NonNullable<MeshRetryConf['http']>['hostSelection']>;

/** Rules of `http.hostSelection`. Texts follow Kuma 2.14. */
export function hostSelectionViolations(predicates: HostSelection, path: string): readonly Violation[] {
  const first = predicates.findIndex(({ predicate }) => predicate === 'OmitPreviousPriorities');
  return predicates.flatMap((one, index) => predicateViolations(one, { path: `${path}[${index}]`, repeated: first >= 0 && index > first }));
}

function predicateViolations(one: HostSelection[number], { path, repeated }: { readonly path: string; readonly repeated: boolean }): readonly Violation[] {
  switch (one.predicate) {
    case 'OmitPreviousHosts':
      return [];
    case 'OmitHostsWithTags':
      return Object.keys(one.tags ?? {}).length === 0 ? [{ path: `${path}.tags`, message: 'must be defined' }] : [];
    case 'OmitPreviousPriorities':
      return [
        ...(repeated ? [{ path: `${path}.predicate`, message: 'OmitPreviousPriorities must only be specified once' }] : []),
        ...((one.updateFrequency ?? 2) <= 0 ? [{ path: `${path}.updateFrequency`, message: 'must be defined and greater than zero' }] : []),
      ];
    default:
      return [{ path: `${path}.predicate`, message: `unknown predicate type '${one.predicate}'` }];
  }
}
