import { Type } from '@sinclair/typebox';
import { object, opt, protoDuration, text, uint32, type Static } from '@weft/resource-model';
import { confRequired, legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';
import type { Violation } from '@weft/kernel';

const percentage = opt(Type.Number());

const FaultInjectionConfSchema = object({
  delay: opt(object({ percentage, value: opt(protoDuration()) })),
  abort: opt(object({ percentage, httpStatus: opt(uint32()) })),
  responseBandwidth: opt(object({ percentage, limit: opt(text({ description: 'A number and kbps, mbps or gbps.' })) })),
});

type FaultInjectionConf = Static<typeof FaultInjectionConfSchema>;

/** FaultInjection: delays, aborts and slow answers between services. */
export const faultInjectionType = legacyPolicyType<{ readonly conf?: FaultInjectionConf }>({
  name: 'FaultInjection', plural: 'fault-injections', cliName: 'fault-injection', displayName: 'Fault Injection',
  schema: object({ sources: opt(SelectorsSchema), destinations: opt(SelectorsSchema), conf: opt(FaultInjectionConfSchema) }),
  selectors: [{ field: 'sources' }, { field: 'destinations', protocols: ['http', 'http2', 'grpc'] }],
  validateConf: ({ conf }) => (conf === undefined ? confRequired(conf) : confViolations(conf)),
});

function confViolations({ delay, abort, responseBandwidth }: FaultInjectionConf): readonly Violation[] {
  if (delay === undefined && abort === undefined && responseBandwidth === undefined) return [{ path: 'conf', message: 'must have at least one of the faults configured' }];
  return [
    ...faultViolations('conf.delay', delay, delay?.value),
    ...faultViolations('conf.abort', abort, abort?.httpStatus),
    ...faultViolations('conf.responseBandwidth', responseBandwidth, responseBandwidth?.limit),
    ...(abort?.httpStatus !== undefined && (abort.httpStatus < 100 || abort.httpStatus > 599) ? [{ path: 'conf.abort.httpStatus', message: 'must be in inclusive range [100, 599]' }] : []),
    ...(responseBandwidth?.limit !== undefined && !/^\d+\s?[kmg]bps$/i.test(responseBandwidth.limit) ? [{ path: 'conf.responseBandwidth.limit', message: 'has to be in kbps/mbps/gbps units' }] : []),
  ];
}

const VALUE = { 'conf.delay': 'value', 'conf.abort': 'httpStatus', 'conf.responseBandwidth': 'limit' } as const;

function faultViolations(path: keyof typeof VALUE, fault: { readonly percentage?: number } | undefined, value: string | number | undefined): readonly Violation[] {
  if (fault === undefined) return [];
  const { percentage } = fault;
  return [
    ...(percentage === undefined ? [{ path: `${path}.percentage`, message: 'cannot be empty' }] : []),
    ...(percentage !== undefined && (percentage < 0 || percentage > 100) ? [{ path: `${path}.percentage`, message: 'has to be in [0.0 - 100.0] range' }] : []),
    ...(value === undefined ? [{ path: `${path}.${VALUE[path]}`, message: 'cannot be empty' }] : []),
  ];
}
