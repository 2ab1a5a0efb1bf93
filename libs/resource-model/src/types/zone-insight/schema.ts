import { anything, list, object, opt, text, type Static } from '../../schema/fields.ts';

const KdsSubscriptionSchema = object({
  id: opt(text()),
  globalInstanceId: opt(text()),
  zoneInstanceId: opt(text()),
  connectTime: opt(text()),
  disconnectTime: opt(text()),
  status: opt(anything()),
  version: opt(anything()),
  config: opt(text({ description: 'Configuration of the zone control plane, as JSON text.' })),
});

/** Spec of ZoneInsight. Source: Kuma 2.14. */
export const ZoneInsightSchema = object({ subscriptions: opt(list(KdsSubscriptionSchema)), envoyAdminStreams: opt(anything()), kdsStreams: opt(anything()), healthCheck: opt(object({ time: opt(text()) })) });

/** Spec of ZoneInsight. */
export type ZoneInsightSpec = Static<typeof ZoneInsightSchema>;
