import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { duration, extension } from '@weft/envoy-builders';
import { TypedExtensionConfigSchema } from '@weft/envoy-proto/envoy/config/core/v3/extension_pb.js';
import { HealthCheckSchema, type HealthCheck } from '@weft/envoy-proto/envoy/config/core/v3/health_check_pb.js';
import { HealthCheckEventFileSinkSchema } from '@weft/envoy-proto/envoy/extensions/health_check/event_sinks/file/v3/file_pb.js';
import { CodecClientType } from '@weft/envoy-proto/envoy/type/v3/http_pb.js';
import type { Protocol } from '@weft/proxy-view';
import { confOf, durationMs, numberOf, textOf, texts, type Conf } from '../conf.ts';
import { headersToAdd, headersToSet } from '../header-changes.ts';

/** What holds where a policy says nothing. */
const DEFAULTS = { intervalMs: 60_000, timeoutMs: 15_000, unhealthyThreshold: 5, healthyThreshold: 1 } as const;

type Fields = Partial<Omit<HealthCheck, '$typeName' | '$unknown'>>;
type Checker = MessageInitShape<typeof HealthCheckSchema>['healthChecker'];

/** The check for endpoints of this protocol; undefined where the conf has none for it. */
export function healthCheck(conf: Conf, protocol: Protocol): HealthCheck | undefined {
  const healthChecker = checkerFor(conf, protocol);
  if (healthChecker === undefined) return undefined;
  return create(HealthCheckSchema, {
    interval: duration(durationMs(conf['interval']) ?? DEFAULTS.intervalMs),
    timeout: duration(durationMs(conf['timeout']) ?? DEFAULTS.timeoutMs),
    unhealthyThreshold: numberOf(conf['unhealthyThreshold']) ?? DEFAULTS.unhealthyThreshold,
    healthyThreshold: numberOf(conf['healthyThreshold']) ?? DEFAULTS.healthyThreshold,
    healthChecker,
    ...timing(conf),
    ...reporting(conf),
  });
}

/** That of the protocol, else that of tcp where the protocol's own is there and switched off. */
function checkerFor(conf: Conf, protocol: Protocol): Checker {
  const own = protocol === 'http2' ? 'http' : protocol;
  if (own === 'kafka' || conf[own] === undefined) return undefined;
  const kind = confOf(conf[own])['disabled'] === true ? 'tcp' : own;
  if (conf[kind] === undefined || confOf(conf[kind])['disabled'] === true) return undefined;
  return CHECKERS[kind](confOf(conf[kind]), protocol);
}

const CHECKERS: Readonly<Record<'http' | 'tcp' | 'grpc', (conf: Conf, protocol: Protocol) => NonNullable<Checker>>> = {
  http: (conf, protocol) => {
    const headers = confOf(conf['requestHeadersToAdd']);
    const statuses = Array.isArray(conf['expectedStatuses']) ? conf['expectedStatuses'].flatMap((status) => numberOf(status) ?? []) : [];
    return { case: 'httpHealthCheck', value: {
      path: textOf(conf['path']) ?? '/',
      requestHeadersToAdd: [...headersToAdd(headers['add']), ...headersToSet(headers['set'])],
      expectedStatuses: statuses.map((status) => ({ start: BigInt(status), end: BigInt(status + 1) })),
      codecClientType: protocol === 'http2' ? CodecClientType.HTTP2 : CodecClientType.HTTP1,
    } };
  },
  tcp: (conf) => {
    const send = textOf(conf['send']);
    return { case: 'tcpHealthCheck', value: { ...(send !== undefined && { send: payload(send) }), receive: texts(conf['receive']).map(payload) } };
  },
  grpc: (conf) => ({ case: 'grpcHealthCheck', value: { serviceName: textOf(conf['serviceName']) ?? '', authority: textOf(conf['authority']) ?? '' } }),
};

/** The bytes of the text itself: like Kuma, nothing is decoded. */
function payload(text: string): { payload: { case: 'text'; value: string } } {
  const value = [...getTextEncoding().encodeUtf8(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { payload: { case: 'text', value } };
}

function timing(conf: Conf): Fields {
  const times = Object.fromEntries((['initialJitter', 'intervalJitter', 'noTrafficInterval'] as const).flatMap((name) => {
    const ms = durationMs(conf[name]);
    return ms === undefined ? [] : [[name, duration(ms)]];
  }));
  return { ...times, intervalJitterPercent: numberOf(conf['intervalJitterPercent']) ?? 0, ...(typeof conf['reuseConnection'] === 'boolean' && { reuseConnection: conf['reuseConnection'] }) };
}

function reporting(conf: Conf): Fields {
  const eventLogPath = textOf(conf['eventLogPath']);
  const sink = extension('envoy.health_check.event_sinks.file', HealthCheckEventFileSinkSchema, { eventLogPath: eventLogPath ?? '' });
  return {
    alwaysLogHealthCheckFailures: conf['alwaysLogHealthCheckFailures'] === true,
    ...(eventLogPath !== undefined && { eventLogger: [create(TypedExtensionConfigSchema, { name: sink.name, typedConfig: sink.configType.value })] }),
  };
}
