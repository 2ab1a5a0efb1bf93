import { object, opt, protoDuration } from '@weft/resource-model';
import { BY_SERVICE, confRequired, legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';

const TimeoutConfSchema = object({
  connectTimeout: opt(protoDuration()),
  tcp: opt(object({ idleTimeout: opt(protoDuration()) })),
  http: opt(object({ requestTimeout: opt(protoDuration()), idleTimeout: opt(protoDuration()), streamIdleTimeout: opt(protoDuration()), maxStreamDuration: opt(protoDuration()) })),
  grpc: opt(object({ streamIdleTimeout: opt(protoDuration()), maxStreamDuration: opt(protoDuration()) })),
});

/** Timeout: timeouts between services. */
export const timeoutType = legacyPolicyType<{ readonly conf?: object }>({
  name: 'Timeout', plural: 'timeouts', cliName: 'timeout', displayName: 'Timeout',
  schema: object({ sources: opt(SelectorsSchema), destinations: opt(SelectorsSchema), conf: opt(TimeoutConfSchema) }),
  selectors: BY_SERVICE,
  validateConf: ({ conf }) => confRequired(conf),
});
