import { coreTypes, createRegistry, type ResourceType, type TypeRegistry } from '@weft/resource-model';
import { policyTypes } from './policies/policy-types.ts';

/** Every type that Weft knows: resources first, then policies in execution order. */
export const allTypes: readonly ResourceType[] = [...coreTypes, ...policyTypes];

/** The registry of {@link allTypes}. */
export const weftRegistry: TypeRegistry = createRegistry(allTypes);
