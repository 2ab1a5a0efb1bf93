import { bool, duration, list, object, opt, text, uint32, type Static } from '@weft/resource-model';
import { MatchSchema } from '../../match/schema.ts';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const RateSchema = object({ num: uint32(), interval: duration() });
const HeaderValueSchema = object({ name: text({ minLength: 1, maxLength: 256 }), value: text() });
const LocalSchema = object({
  http: opt(object({
    disabled: opt(bool()),
    requestRate: opt(RateSchema),
    perIdentity: opt(bool({ default: false, description: 'Of Weft: whether each caller, told by its certificate, has a bucket of its own. Else all callers share one.' })),
    totalRate: opt(object(RateSchema.properties, { description: 'Of Weft, with perIdentity: what all callers together may ask.' })),
    onRateLimit: opt(object({
      status: opt(uint32()),
      headers: opt(object({ set: opt(list(HeaderValueSchema, { maxItems: 16 })), add: opt(list(HeaderValueSchema, { maxItems: 16 })) })),
    })),
  })),
  tcp: opt(object({ disabled: opt(bool()), connectionRate: opt(RateSchema) })),
});

/** What MeshRateLimit sets. */
export const MeshRateLimitConfSchema = object({ local: opt(LocalSchema) });
const EntrySchema = object({ targetRef: TargetRefSchema, default: opt(MeshRateLimitConfSchema) });

/** Spec of MeshRateLimit. Source: Kuma 2.14. */
export const MeshRateLimitSchema = object({
  targetRef: opt(TargetRefSchema),
  to: opt(list(EntrySchema)),
  from: opt(list(EntrySchema)),
  rules: opt(list(object({ matches: opt(list(MatchSchema)), default: opt(MeshRateLimitConfSchema) }))),
});

/** Spec of MeshRateLimit. */
export type MeshRateLimitSpec = Static<typeof MeshRateLimitSchema>;
/** What MeshRateLimit sets. */
export type MeshRateLimitConf = Static<typeof MeshRateLimitConfSchema>;
