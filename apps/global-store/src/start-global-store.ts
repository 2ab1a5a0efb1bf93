import { startRelay } from '@weft/feed';
import type { SecretBox } from '@weft/key-store';
import type { TypeRegistry } from '@weft/resource-model';
import type { AppPorts, RunningApp } from '@weft/service-runtime';
import type { ResourceStore } from '@weft/store';
import { generateSigningKey, trustedKeys } from '@weft/tokens';
import type { Site } from './admission/draft.ts';
import { envelopeDigest } from './admission/envelope-digest.ts';
import { ResourceWriter } from './admission/resource-writer.ts';
import { apiRoutes } from './api/api-routes.ts';
import type { ApiPorts } from './api/ports.ts';
import { isFederatedZone, type GlobalStoreConfig } from './config.ts';
import { OfflineDataplanes } from './cleanup/offline-dataplanes.ts';
import { DerivedResources } from './derived/derived-resources.ts';
import { buildApplication } from './http/routes.ts';
import { startListeners } from './http/start-listeners.ts';
import { ObservedState } from './observed/observed-state.ts';
import { FeedPosition } from './receipts/feed-position.ts';
import { serveRequests } from './requests/serve-requests.ts';
import { SyncedInsights } from './sync/synced-insights.ts';
import { SyncedVersions } from './sync/synced-versions.ts';
import { ObservedZones } from './zones/observed-zones.ts';
import { makeStartupObjects } from './startup/startup-objects.ts';

/** What global-store is given. The store and the bus belong to the caller and outlive the app. */
export interface GlobalStorePorts extends AppPorts<GlobalStoreConfig> {
  readonly store: ResourceStore;
  readonly secretBox: SecretBox;
  readonly registry: TypeRegistry;
}

type Closer = () => Promise<unknown>;

/** Starts the owner of the resources: admission, the HTTP API, the feed's relay, and the requests of other apps. */
export async function startGlobalStore(ports: GlobalStorePorts): Promise<RunningApp> {
  const closers: Closer[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const api = await assemble(ports, closers);
    const { apiServer } = ports.config;
    const app = buildApplication(apiRoutes(api), { ...ports, localhostIsAdmin: apiServer.authn.localhostIsAdmin, userKeys: trustedKeys('user', apiServer.authn.tokens.validator, 'apiServer.authn.tokens.validator') });
    const listeners = await startListeners(app, ports);
    closers.push(() => listeners.close());
    return { name: 'global-store', isReady: () => true, ready: Promise.resolve(), addresses: listeners.addresses, held: () => ({ observed_proxies: api.observed.size }), close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

async function assemble(ports: GlobalStorePorts, closers: Closer[]): Promise<ApiPorts> {
  const { config, store, registry, bus, clock } = ports;
  const site = siteOf(config);
  const relay = startRelay({ store, bus, clock, log: ports.log, holder: ports.instance, visibility: (type) => registry.byName(type)?.feed ?? 'none', envelopeDigest });
  closers.push(() => relay.close());
  const writer = new ResourceWriter({ ...ports, site, newSigningKey: generateSigningKey });
  const observed = await ObservedState.start(bus, clock);
  closers.push(() => observed.close());
  const zones = await ObservedZones.start({ bus, clock, healthTimeoutMs: config.multizone.global.kds.zoneHealthCheck.timeout });
  closers.push(() => zones.close());
  const feedPosition = await FeedPosition.start(bus);
  closers.push(() => feedPosition.close());
  const { apiServer, defaults } = config;
  await makeStartupObjects({ ...ports, writer, site, skipMeshCreation: defaults.skipMeshCreation, bootstrapAdminToken: apiServer.authn.tokens.bootstrapAdminToken });
  const versions = await SyncedVersions.start(bus);
  closers.push(() => versions.close());
  const insights = await SyncedInsights.start(bus, observed);
  const served = await serveRequests({ ...ports, writer, observed, versions, insights });
  closers.push(() => Promise.all(served.map((subscription) => subscription.close())));
  if (site.mode === 'zone') {
    const derived = new DerivedResources({ ...ports, writer, observed, gracePeriodMs: config.meshService.deletionGracePeriod });
    closers.push(() => derived.close());
    const offline = new OfflineDataplanes({ ...ports, writer, observed, cleanupAgeMs: config.runtime.universal.dataplaneCleanupAge, zoneCleanupAgeMs: config.runtime.universal.zoneResourceCleanupAge });
    closers.push(() => Promise.resolve(offline.close()));
  }
  return { ...ports, site, writer, observed, zones, insights, feedPosition };
}

function siteOf(config: GlobalStoreConfig): Site {
  return {
    mode: config.mode,
    federated: isFederatedZone(config),
    zone: config.multizone.zone.name,
    environment: config.environment,
    originLabelOptional: config.multizone.zone.disableOriginLabelValidation === true,
    readOnly: config.apiServer.readOnly,
  };
}
