import { Type } from '@sinclair/typebox';
import { bool, bytes, list, object, opt, protoDuration, text, uint32, type Static } from '@weft/resource-model';
import { aboveZero, BY_SERVICE, confRequired, legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';
import type { Violation } from '@weft/kernel';

const HeaderSchema = object({ header: opt(object({ key: opt(text()), value: opt(text()) })), append: opt(bool()) });

const HealthCheckConfSchema = object({
  interval: opt(protoDuration()),
  timeout: opt(protoDuration()),
  unhealthyThreshold: opt(uint32()),
  healthyThreshold: opt(uint32()),
  tcp: opt(object({ send: opt(bytes()), receive: opt(list(bytes())) })),
  http: opt(object({ path: opt(text()), requestHeadersToAdd: opt(list(HeaderSchema)), expectedStatuses: opt(list(uint32())) })),
  initialJitter: opt(protoDuration()),
  intervalJitter: opt(protoDuration()),
  intervalJitterPercent: opt(uint32()),
  healthyPanicThreshold: opt(Type.Number({ minimum: 0, maximum: 100 })),
  failTrafficOnPanic: opt(bool()),
  eventLogPath: opt(text()),
  alwaysLogHealthCheckFailures: opt(bool()),
  noTrafficInterval: opt(protoDuration()),
  reuseConnection: opt(bool()),
});

type HealthCheckConf = Static<typeof HealthCheckConfSchema>;

/** HealthCheck: active checks between services. */
export const healthCheckType = legacyPolicyType<{ readonly conf?: HealthCheckConf }>({
  name: 'HealthCheck', plural: 'health-checks', cliName: 'healthcheck', displayName: 'Health Check',
  schema: object({ sources: opt(SelectorsSchema), destinations: opt(SelectorsSchema), conf: opt(HealthCheckConfSchema) }),
  selectors: BY_SERVICE,
  validateConf: ({ conf }) => (conf === undefined ? confRequired(conf) : confViolations(conf)),
});

function confViolations(conf: HealthCheckConf): readonly Violation[] {
  const { unhealthyThreshold = 0, healthyThreshold = 0 } = conf;
  return [
    ...(['interval', 'timeout'] as const).flatMap((key) => (conf[key] === undefined ? [{ path: `conf.${key}`, message: 'must have a positive value' }] : [])),
    ...aboveZero('conf', { unhealthyThreshold, healthyThreshold }),
    ...(conf.tcp !== undefined && conf.http !== undefined ? [{ path: 'conf', message: "http and tcp can't be used together" }] : []),
  ];
}
