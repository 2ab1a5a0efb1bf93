import { anything, bool, list, object, opt, text, uint32, type Static } from '../../schema/fields.ts';

const NackSchema = object({ type: text(), message: text(), time: text(), resources: opt(list(text())) });

const KdsSubscriptionSchema = object({
  id: opt(text()),
  globalInstanceId: opt(text()),
  zoneInstanceId: opt(text()),
  connectTime: opt(text()),
  disconnectTime: opt(text()),
  status: opt(anything()),
  version: opt(anything()),
  generation: opt(uint32({ description: 'Grows while the stream lives; Weft leaves it out.' })),
  authTokenProvided: opt(bool()),
  nacks: opt(list(NackSchema, { description: 'What the zone refuses now, and why, in its words; only Weft has this.' })),
  config: opt(text({ description: 'Configuration of the zone control plane, as JSON text.' })),
});

/** Spec of ZoneInsight. Source: Kuma 2.14. */
export const ZoneInsightSchema = object({ subscriptions: opt(list(KdsSubscriptionSchema)), envoyAdminStreams: opt(anything()), kdsStreams: opt(anything()), healthCheck: opt(object({ time: opt(text()) })) });

/** Spec of ZoneInsight. */
export type ZoneInsightSpec = Static<typeof ZoneInsightSchema>;
