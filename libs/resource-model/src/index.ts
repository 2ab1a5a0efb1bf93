export type { Change, ChangeRecord, Revision } from './change.ts';
export { createRegistry, type TypeRegistry } from './registry.ts';
export type { Column, FeedVisibility, Origin, PolicyTraits, ResourceType, ValidationContext } from './resource-type.ts';
export { keyOf, parseResourceId, resourceId, type Resource, type ResourceId, type ResourceKey } from './resource.ts';
