import { sortedBy } from '@weft/kernel';
import type { ResourceType, TypeRegistry } from '@weft/resource-model';

/** Tells whether nobody may write a type through the API that answers. */
export type IsReadOnly = (type: ResourceType) => boolean;

/** Body of `GET /_resources`: every type of the API, sorted by name. `kumactl export` is driven by it. */
export function resourcesDocument(registry: TypeRegistry, isReadOnly: IsReadOnly): { readonly resources: readonly unknown[] } {
  return { resources: shownTypes(registry).map((type) => describeType(type, isReadOnly(type))) };
}

/** Body of `GET /policies`, sorted by name. */
export function policiesDocument(registry: TypeRegistry, isReadOnly: IsReadOnly): { readonly policies: readonly unknown[] } {
  const policies = shownTypes(registry).flatMap((type) => (type.policy === undefined ? [] : [{ type, policy: type.policy }]));
  return {
    policies: policies.map(({ type, policy }) => ({
      name: type.name,
      readOnly: isReadOnly(type),
      path: type.plural,
      singularDisplayName: type.singularDisplayName,
      pluralDisplayName: type.pluralDisplayName,
      isExperimental: false,
      isTargetRefBased: type.form === 'spec',
      isInbound: policy.hasFrom || policy.hasRules,
      isOutbound: policy.hasTo,
    })),
  };
}

function shownTypes(registry: TypeRegistry): readonly ResourceType[] {
  return sortedBy(registry.all.filter(({ internal }) => internal !== true), ({ name }) => name);
}

// Keys in alphabetical order, as Kuma writes them.
function describeType(type: ResourceType, readOnly: boolean): unknown {
  const { policy } = type;
  return {
    includeInFederation: !readOnly && type.federated === true,
    name: type.name,
    path: type.plural,
    pluralDisplayName: type.pluralDisplayName,
    ...(policy && {
      policy: {
        hasFromTargetRef: policy.hasFrom,
        hasRulesTargetRef: policy.hasRules,
        hasToTargetRef: policy.hasTo,
        isFromAsRules: policy.fromAsRules,
        isTargetRef: type.form === 'spec',
      },
    }),
    readOnly,
    scope: type.scope,
    shortName: type.shortName ?? '',
    singularDisplayName: type.singularDisplayName,
  };
}
