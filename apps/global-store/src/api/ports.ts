import type { Bus } from '@weft/bus';
import type { Clock } from '@weft/kernel';
import type { SecretBox } from '@weft/key-store';
import type { TypeRegistry } from '@weft/resource-model';
import type { Logger } from '@weft/service-runtime';
import type { ResourceStore } from '@weft/store';
import type { Site } from '../admission/draft.ts';
import type { ResourceWriter } from '../admission/resource-writer.ts';
import type { GlobalStoreConfig } from '../config.ts';
import type { ObservedState } from '../observed/observed-state.ts';
import type { SyncedInsights } from '../sync/synced-insights.ts';
import type { ObservedZones } from '../zones/observed-zones.ts';
import type { FeedPosition } from '../receipts/feed-position.ts';

/** What the handlers of the API work with. */
export interface ApiPorts {
  readonly config: GlobalStoreConfig;
  readonly site: Site;
  readonly store: ResourceStore;
  readonly registry: TypeRegistry;
  readonly writer: ResourceWriter;
  readonly secretBox: SecretBox;
  readonly observed: ObservedState;
  readonly zones: ObservedZones;
  readonly insights: SyncedInsights;
  readonly feedPosition: FeedPosition;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instance: string;
}
