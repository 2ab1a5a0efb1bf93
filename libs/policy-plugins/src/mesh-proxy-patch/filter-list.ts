import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { patchContent, patchMessage, valueOf } from './change-message.ts';
import type { Modification } from './modification.ts';

/** What network filters and HTTP filters have in common. */
interface NamedFilter {
  name: string;
  configType: { case: 'typedConfig'; value: Any } | { case: 'configDiscovery'; value: unknown } | { case: undefined; value?: undefined };
}

/** Changes a list of filters in place. True if anything is different now. */
export function changeFilters<Desc extends DescMessage>(desc: Desc, filters: MessageShape<Desc>[], modification: Modification): boolean {
  const { operation, match: { name } } = modification;
  const named = (filter: MessageShape<Desc>): boolean => name === undefined || nameOf(filter) === name;
  const at = filters.findIndex(named);
  switch (operation) {
    case 'AddFirst': filters.unshift(valueOf(desc, modification)); return true;
    case 'AddLast': filters.push(valueOf(desc, modification)); return true;
    case 'AddBefore': case 'AddAfter':
      if (at < 0) return false;
      filters.splice(operation === 'AddBefore' ? at : at + 1, 0, valueOf(desc, modification));
      return true;
    case 'Remove': {
      const kept = filters.filter((filter) => !named(filter));
      if (kept.length === filters.length) return false;
      filters.splice(0, filters.length, ...kept);
      return true;
    }
    case 'Patch': {
      const matching = filters.filter(named);
      for (const filter of matching) patchFilter(desc, filter, modification);
      return matching.length > 0;
    }
    default: return false;
  }
}

/** JSON patches are about the filter's configuration, a value is about the filter. */
function patchFilter<Desc extends DescMessage>(desc: Desc, filter: MessageShape<Desc>, modification: Modification): void {
  if (modification.jsonPatches.length === 0) return patchMessage(desc, filter, modification);
  const { configType } = filter as unknown as NamedFilter;
  if (configType.case === 'typedConfig') configType.value = patchContent(configType.value, modification.jsonPatches);
}

function nameOf(filter: unknown): string {
  return (filter as NamedFilter).name;
}
