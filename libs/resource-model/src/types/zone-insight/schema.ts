import { anything, bool, list, object, oneOf, opt, text, uint32, type Static } from '../../schema/fields.ts';

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

const IncidentSchema = object({
  kind: oneOf(['refused', 'stalled', 'failed'], { description: 'A control plane was not let in under this name; the sync had stopped moving, or failed otherwise, and was started anew.' }),
  reason: text(),
  since: text({ description: 'When this happened first, RFC 3339.' }),
  time: text({ description: 'When it happened last, RFC 3339.' }),
  count: uint32(),
});

const WithdrawalSchema = object({
  zone: text({ description: 'The zone that seems dead.' }),
  by: text({ description: 'The zone that decided so.' }),
  effect: oneOf(['withdrawn', 'lowered']),
  since: text(),
});

/** Spec of ZoneInsight. Source: Kuma 2.14; `refused`, `incidents`, `withdrawals` and `others` are Weft's own. */
export const ZoneInsightSchema = object({
  subscriptions: opt(list(KdsSubscriptionSchema)),
  envoyAdminStreams: opt(anything()),
  kdsStreams: opt(anything()),
  healthCheck: opt(object({ time: opt(text()) })),
  refused: opt(list(NackSchema, { description: 'What the global control plane refuses now of what the zone made, and why.' })),
  incidents: opt(list(IncidentSchema, { description: 'What went wrong with the connection lately, newest last.' })),
  withdrawals: opt(list(WithdrawalSchema, { description: 'Decisions about zones that seem dead, by this zone or about it.' })),
  others: opt(list(object({ zone: text(), online: bool(), since: text() }), { description: 'In a zone: what the global control plane says of the other zones of Weft.' })),
});

/** Spec of ZoneInsight. */
export type ZoneInsightSpec = Static<typeof ZoneInsightSchema>;
