export { holdLease, type HeldLease, type HoldLeaseOptions } from './hold-lease.ts';
export { LeaseTable } from './lease-table.ts';
export type {
  Batch,
  Committed,
  DurabilityReport,
  Expectation,
  Fence,
  LeaseGrant,
  ResourceStore,
  SecretWrite,
  Write,
} from './resource-store.ts';
export { ResourceTable } from './resource-table.ts';
export { conflict, fenced, notFound, StoreDraft, trimmed, type DraftBase, type DraftEffects } from './store-draft.ts';
