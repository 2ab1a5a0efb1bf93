import { coreTypes, createRegistry, type ResourceType, type TypeRegistry } from '@weft/resource-model';
import { legacyTypes } from './legacy/legacy-types.ts';
import { policyTypes } from './policies/policy-types.ts';

/** Every type that Weft knows: resources first, then policies in execution order, then those of the first generation. */
export const allTypes: readonly ResourceType[] = [...coreTypes, ...policyTypes, ...legacyTypes];

/** The registry of {@link allTypes}. */
export const weftRegistry: TypeRegistry = createRegistry(allTypes);
