import { bool, list, object, opt, protoDuration, text, uint32, type Static } from '@weft/resource-model';
import { BY_TAGS, confRequired, legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';

const RateLimitConfSchema = object({
  http: opt(object({
    requests: opt(uint32()),
    interval: opt(protoDuration()),
    onRateLimit: opt(object({ status: opt(uint32({ description: '429 where absent.' })), headers: opt(list(object({ key: opt(text()), value: opt(text()), append: opt(bool()) }))) })),
  })),
});

interface RateLimitSpec {
  readonly conf?: Static<typeof RateLimitConfSchema>;
}

/** RateLimit: how many requests a proxy takes from services. */
export const rateLimitType = legacyPolicyType<RateLimitSpec>({
  name: 'RateLimit', plural: 'rate-limits', cliName: 'rate-limit', displayName: 'Rate Limit',
  schema: object({ sources: opt(SelectorsSchema), destinations: opt(SelectorsSchema), conf: opt(RateLimitConfSchema) }),
  selectors: BY_TAGS,
  validateConf: ({ conf }) => {
    if (conf === undefined) return confRequired(conf);
    const { http } = conf;
    return [
      ...((http?.requests ?? 0) === 0 ? [{ path: 'conf.http.requests', message: 'requests must be set' }] : []),
      ...(http?.interval === undefined ? [{ path: 'conf.http.interval', message: 'interval must be set' }] : []),
    ];
  },
});
