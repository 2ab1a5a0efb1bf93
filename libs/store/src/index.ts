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
