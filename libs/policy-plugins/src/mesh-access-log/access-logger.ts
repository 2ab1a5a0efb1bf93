import { create } from '@bufbuild/protobuf';
import { accessLogSocketPath, extension } from '@weft/envoy-builders';
import { AccessLogSchema, type AccessLog } from '@weft/envoy-proto/envoy/config/accesslog/v3/accesslog_pb.js';
import { ApiVersion } from '@weft/envoy-proto/envoy/config/core/v3/config_source_pb.js';
import { FileAccessLogSchema } from '@weft/envoy-proto/envoy/extensions/access_loggers/file/v3/file_pb.js';
import { OpenTelemetryAccessLogConfigSchema } from '@weft/envoy-proto/envoy/extensions/access_loggers/open_telemetry/v3/logs_service_pb.js';
import { StderrAccessLogSchema, StdoutAccessLogSchema } from '@weft/envoy-proto/envoy/extensions/access_loggers/stream/v3/stream_pb.js';
import type { SubstitutionFormatString } from '@weft/envoy-proto/envoy/config/core/v3/substitution_format_string_pb.js';
import type { TelemetryView } from '@weft/proxy-view';
import { confOf, objects, textOf, type Conf } from '../conf.ts';
import { collectorOf } from '../telemetry/collector.ts';
import { anyValue, keyValues } from './any-value.ts';
import { agentFormat, fileFormat, plainText, type LogPlace } from './log-format.ts';
import { logClusterName } from './log-collectors.ts';
import { withLogFacts } from './placeholders.ts';

/** What loggers are made with, beside the backend. */
export interface LoggerContext extends LogPlace {
  readonly telemetry: TelemetryView;
  readonly unifiedNaming: boolean;
}

/** The logger of a backend; undefined where it cannot be one: an agent without a folder, a collector that is reached by HTTP only. */
export function accessLogger(backend: Conf, context: LoggerContext): AccessLog | undefined {
  switch (backend['type']) {
    case 'File': return fileLogger(confOf(backend['file']), context);
    case 'Tcp': return agentLogger(confOf(backend['tcp']), context);
    case 'OpenTelemetry': return collectorLogger(backend, context);
    default: return undefined;
  }
}

function fileLogger(file: Conf, context: LoggerContext): AccessLog {
  return create(AccessLogSchema, toFile(textOf(file['path']) ?? '', fileFormat(confOf(file['format']), context)));
}

/** The files of standard output and error cannot be opened where these are sockets, as under an agent: they have loggers of their own. */
function toFile(path: string, format: SubstitutionFormatString): ReturnType<typeof extension> {
  const accessLogFormat = { case: 'logFormat' as const, value: format };
  if (path === '/dev/stdout') return extension('envoy.access_loggers.stdout', StdoutAccessLogSchema, { accessLogFormat });
  if (path === '/dev/stderr') return extension('envoy.access_loggers.stderr', StderrAccessLogSchema, { accessLogFormat });
  return extension('envoy.access_loggers.file', FileAccessLogSchema, { path, accessLogFormat });
}

function agentLogger(tcp: Conf, context: LoggerContext): AccessLog | undefined {
  const { agent } = context.telemetry;
  if (agent === undefined) return undefined;
  const path = accessLogSocketPath({ ...agent, mesh: context.facts.mesh });
  return create(AccessLogSchema, toFile(path, agentFormat(confOf(tcp['format']), textOf(tcp['address']) ?? '', context)));
}

function collectorLogger(backend: Conf, context: LoggerContext): AccessLog | undefined {
  const { facts, telemetry, unifiedNaming } = context;
  const collector = collectorOf(backend);
  // Envoy's logger speaks gRPC; the agent, where it forwards, speaks HTTP for it.
  if (collector === undefined || (collector.protocol === 'http' && (telemetry.forwards !== true || collector.name === undefined))) return undefined;
  const { body, attributes } = confOf(backend['openTelemetry']);
  const filled = (text: string): string => withLogFacts(text, facts);
  const plain = (text: string): string => text;
  const resource = { 'kuma.mesh': facts.mesh, 'kuma.zone': telemetry.zone, 'kuma.workload': telemetry.workload ?? '' };
  return create(AccessLogSchema, extension('envoy.access_loggers.open_telemetry', OpenTelemetryAccessLogConfigSchema, {
    commonConfig: { logName: 'MeshAccessLog', grpcService: { targetSpecifier: { case: 'envoyGrpc', value: { clusterName: logClusterName(collector, unifiedNaming) } } }, transportApiVersion: ApiVersion.V3 },
    body: body === undefined ? anyValue(plainText({}, context), plain) : anyValue(body, filled),
    attributes: keyValues(objects(attributes).map(({ key, value }) => ({ key: textOf(key) ?? '', value: anyValue(value, filled) }))),
    resourceAttributes: keyValues(Object.entries(resource).filter(([, value]) => value !== '').map(([key, value]) => ({ key, value: anyValue(value, plain) }))),
  }));
}
