import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { samplingViolations } from '../../rules/percentage-of-requests.ts';
import { blockOfType, exactlyOne } from '../../rules/shape.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import type { MeshTraceConf, MeshTraceSpec } from './schema.ts';

/** Semantic rules of MeshTrace, in document order. Texts follow Kuma 2.14. */
export function validateMeshTrace(resource: Resource<MeshTraceSpec>): readonly Violation[] {
  const { backends, sampling = {}, tags = [] } = resource.spec.default ?? {};
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'], system: ['MeshGateway'] }),
    ...backendsViolations(backends, 'spec.default.backends'),
    ...(['client', 'random', 'overall'] as const).flatMap((kind) => samplingViolations(`spec.default.sampling.${kind}`, sampling[kind])),
    ...tags.flatMap((tag, index) => exactlyOne(`spec.default.tags[${index}]`, tag, { what: 'tag', names: ['header', 'literal'] })),
  ];
}

type Backend = NonNullable<MeshTraceConf['backends']>[number];

function backendsViolations(backends: readonly Backend[] | undefined, path: string): readonly Violation[] {
  if (backends === undefined) return [{ path, message: 'must be defined' }];
  if (backends.length > 1) return [{ path, message: 'must have zero or one backend defined' }];
  return backends.flatMap((backend, index) => backendViolations(backend, `${path}[${index}]`));
}

function backendViolations(backend: Backend, path: string): readonly Violation[] {
  const { zipkin, datadog, openTelemetry: otel } = backend;
  return [
    ...blockOfType(path, backend, { Zipkin: 'zipkin', Datadog: 'datadog', OpenTelemetry: 'openTelemetry' }),
    ...(zipkin === undefined ? [] : zipkinViolations(zipkin.url, `${path}.zipkin.url`)),
    ...(datadog === undefined ? [] : datadogViolations(datadog.url, `${path}.datadog.url`)),
    ...(otel !== undefined && (otel.endpoint === undefined) === (otel.backendRef === undefined) ? [{ path: `${path}.openTelemetry`, message: 'must have exactly one defined: endpoint, backendRef' }] : []),
  ];
}

const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s]*@)?(\[[^\]\s]+\]|[^/?#:\s]+)(:(\d*))?([^?#\s]*)(\?[^#\s]*)?(#\S*)?$/i;

function zipkinViolations(url: string, path: string): readonly Violation[] {
  if (url === '') return [{ path, message: 'must not be empty' }];
  return URL_PARTS.test(url) ? [] : [{ path, message: 'must be a valid url' }];
}

function datadogViolations(url: string, path: string): readonly Violation[] {
  const parts = URL_PARTS.exec(url);
  if (parts === null) return [{ path, message: 'must be a valid url' }];
  const [, scheme, user, , , port = '', at, query, fragment] = parts;
  const extra = Object.entries({ user, path: at, query, fragment }).filter(([, value]) => value !== undefined && value !== '');
  return [
    ...(scheme === 'http' ? [] : [{ path, message: 'scheme must be http' }]),
    ...(port === '' ? [{ path, message: 'port must be defined' }] : []),
    ...(port !== '' && (Number(port) < 1 || Number(port) > 65535) ? [{ path, message: 'port must be a valid (1-65535)' }] : []),
    ...extra.map(([name]) => ({ path, message: `${name} must not be defined` })),
  ];
}
