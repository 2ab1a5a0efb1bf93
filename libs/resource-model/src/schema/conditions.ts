import { list, object, oneOf, text, type Static } from './fields.ts';

/** Conditions as statuses carry them: one per type, each with its reason for machines and its message for people. */
export const ConditionsSchema = list(object({ type: text(), status: oneOf(['True', 'False', 'Unknown']), reason: text(), message: text() }));

/** One condition of a status. */
export type Condition = Static<typeof ConditionsSchema>[number];
