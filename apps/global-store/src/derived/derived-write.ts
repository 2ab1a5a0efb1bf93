import type { Resource, ResourceKey } from '@weft/resource-model';

/** One write that brings a derived resource in line. Not urgent: may wait a moment for others to join it. */
export type DerivedWrite =
  | {
    readonly op: 'put';
    readonly key: ResourceKey;
    /** What it was planned from; the write fails where that is no longer what is stored. */
    readonly previous: Resource | undefined;
    readonly labels: Readonly<Record<string, string>>;
    readonly spec: unknown;
    readonly status: unknown;
    readonly urgent: boolean;
  }
  | { readonly op: 'delete'; readonly key: ResourceKey; readonly previous: Resource; readonly urgent: boolean };
