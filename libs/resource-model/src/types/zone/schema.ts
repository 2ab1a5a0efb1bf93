import { bool, object, opt, type Static } from '../../schema/fields.ts';

/** Spec of Zone. Source: Kuma 2.14. */
export const ZoneSchema = object({ enabled: opt(bool({ description: 'Whether the zone takes part; true where absent.' })) });

/** Spec of Zone. */
export type ZoneSpec = Static<typeof ZoneSchema>;
