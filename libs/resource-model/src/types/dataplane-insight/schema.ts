import { anything, bool, list, object, opt, stringMap, text, uint32, type Static } from '../../schema/fields.ts';
import { Type } from '@sinclair/typebox';

// Counters are uint64 in protobuf, and therefore text in JSON.
const ServiceStatsSchema = object({ responsesSent: opt(text()), responsesAcknowledged: opt(text()), responsesRejected: opt(text()) });

/** Counters of one stream, and of each xDS type on it. */
export const DiscoveryStatusSchema = object({
  lastUpdateTime: opt(text()),
  total: opt(ServiceStatsSchema),
  cds: opt(ServiceStatsSchema),
  eds: opt(ServiceStatsSchema),
  lds: opt(ServiceStatsSchema),
  rds: opt(ServiceStatsSchema),
});

const VersionSchema = object({
  kumaDp: opt(object({ version: opt(text()), gitTag: opt(text()), gitCommit: opt(text()), buildDate: opt(text()), kumaCpCompatible: opt(bool()) })),
  envoy: opt(object({ version: opt(text()), build: opt(text()), kumaDpCompatible: opt(bool()) })),
  dependencies: opt(stringMap()),
});

const DiscoverySubscriptionSchema = object({
  id: opt(text()),
  controlPlaneInstanceId: opt(text()),
  connectTime: opt(text()),
  disconnectTime: opt(text()),
  status: opt(DiscoveryStatusSchema),
  version: opt(VersionSchema),
  generation: opt(uint32()),
});

/** Spec of DataplaneInsight: what was seen of a proxy. Source: Kuma 2.14; `nacks` and `problems` are Weft's own. */
export const DataplaneInsightSchema = object({
  subscriptions: opt(list(DiscoverySubscriptionSchema)),
  mTLS: opt(object({
    certificateExpirationTime: opt(text()),
    lastCertificateRegeneration: opt(text()),
    certificateRegenerations: opt(uint32()),
    issuedBackend: opt(text()),
    supportedBackends: opt(list(text())),
    issuedBackends: opt(stringMap()),
  })),
  metadata: opt(Type.Record(Type.String(), anything())),
  problems: opt(list(object({ resource: text(), reason: text() }), { description: 'Parts of the configuration that could not be built as asked; their last good version stays.' })),
  nacks: opt(list(object({ type: text(), message: text(), time: text() }), { description: 'Rejections by Envoy, newest last, in its words.' })),
});

/** Spec of DataplaneInsight. */
export type DataplaneInsightSpec = Static<typeof DataplaneInsightSchema>;
/** One connection of a proxy to a control plane. */
export type DiscoverySubscription = Static<typeof DiscoverySubscriptionSchema>;
