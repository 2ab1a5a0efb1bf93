import type { Violation } from '@weft/kernel';
import { blockOfType } from '../../rules/shape.ts';
import type { AccessLogBackend } from './schema.ts';

const BLOCKS = { Tcp: 'tcp', File: 'file', OpenTelemetry: 'openTelemetry' };
const HOST_AND_PORT = /^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):(\d{1,5})$/;
const ATTRIBUTE = /^[a-z](?:[a-z0-9]|[._][a-z0-9])*$/;

/** Rules of one backend of MeshAccessLog. Texts follow Kuma 2.14. */
export function accessLogBackendViolations(backend: AccessLogBackend, path: string): readonly Violation[] {
  const { tcp, file, openTelemetry } = backend;
  return [
    ...blockOfType(path, backend, BLOCKS),
    ...(tcp === undefined || isHostAndPort(tcp.address) ? [] : [{ path: `${path}.tcp.address`, message: 'tcp backend requires valid address' }]),
    ...(file === undefined || file.path.startsWith('/') ? [] : [{ path: `${path}.file.path`, message: 'file backend requires a valid path' }]),
    ...formatViolations(tcp?.format, `${path}.tcp.format`),
    ...formatViolations(file?.format, `${path}.file.format`),
    ...(openTelemetry === undefined ? [] : telemetryViolations(openTelemetry, `${path}.openTelemetry`)),
  ];
}

function isHostAndPort(address: string): boolean {
  const port = Number(HOST_AND_PORT.exec(address)?.[2] ?? 0);
  return port >= 1 && port <= 65535;
}

type Format = NonNullable<AccessLogBackend['tcp']>['format'];

function formatViolations(format: Format, path: string): readonly Violation[] {
  if (format === undefined) return [];
  const empty = (format.json ?? []).flatMap(({ key, value }, index) => (key === '' || value === '' ? [{ path: `${path}.json[${index}]`, message: `${key === '' ? 'key' : 'value'} must not be empty` }] : []));
  return [...blockOfType(path, format, { Plain: 'plain', Json: 'json' }), ...empty];
}

function telemetryViolations({ endpoint, backendRef, attributes = [] }: NonNullable<AccessLogBackend['openTelemetry']>, path: string): readonly Violation[] {
  const one = (endpoint === undefined) === (backendRef === undefined) ? [{ path, message: 'must have exactly one defined: endpoint, backendRef' }] : [];
  const badKeys = attributes.flatMap(({ key }, index) => (ATTRIBUTE.test(key) && !key.startsWith('otel.') ? [] : [{ path: `${path}.attributes[${index}].key`, message: 'must be a valid OpenTelemetry attribute name' }]));
  return [...one, ...(endpoint?.includes('://') === true ? [{ path: `${path}.endpoint`, message: 'must not use schema' }] : []), ...badKeys];
}
