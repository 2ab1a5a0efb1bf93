import { object, opt, text, type Static } from '@weft/resource-model';

/** Which clients an inbound rule is about; both fields given: both must match. */
export const MatchSchema = object({
  spiffeID: opt(object({ type: text({ description: 'Exact or Prefix.' }), value: text() })),
  sni: opt(object({ type: text({ description: 'Exact.' }), value: text() })),
});

/** Which clients an inbound rule is about. */
export type Match = Static<typeof MatchSchema>;
