import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { greaterThanZero, positiveDuration } from '../../rules/values.ts';
import type { TargetRefKind } from '../../target-ref/schema.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import { hostSelectionViolations } from './host-selection.ts';
import { isGrpcRetryOn, isHttpRetryOn } from './retry-on.ts';
import type { MeshRetryConf, MeshRetrySpec } from './schema.ts';

/** Semantic rules of MeshRetry, in document order. Texts follow Kuma 2.14, and so do paths with `conf` in them. */
export function validateMeshRetry(resource: Resource<MeshRetrySpec>): readonly Violation[] {
  const { targetRef, to = [] } = resource.spec;
  const narrow = targetRef?.kind === 'MeshHTTPRoute' || targetRef?.kind === 'MeshGateway';
  const kinds: readonly TargetRefKind[] = narrow ? ['Mesh', 'MeshExternalService'] : ['Mesh', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService', 'MeshHTTPRoute'];
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'], system: ['MeshGateway', 'MeshHTTPRoute'], gatewayTags: true }),
    ...to.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.to[${index}].targetRef`, kinds }),
      ...confViolations(entry.default ?? {}, `spec.to[${index}].default.conf`),
    ]),
  ];
}

function confViolations({ tcp, http, grpc }: MeshRetryConf, path: string): readonly Violation[] {
  if (tcp === undefined && http === undefined && grpc === undefined) return [{ path, message: "at least one of the 'tcp', 'http', 'grpc' must be specified" }];
  return [
    ...(tcp === undefined ? [] : tcpViolations(tcp, `${path}.tcp`)),
    ...(http === undefined ? [] : httpViolations(http, `${path}.http`)),
    ...(grpc === undefined ? [] : grpcViolations(grpc, `${path}.grpc`)),
  ];
}

type Http = NonNullable<MeshRetryConf['http']>;
type Grpc = NonNullable<MeshRetryConf['grpc']>;

function tcpViolations(tcp: NonNullable<MeshRetryConf['tcp']>, path: string): readonly Violation[] {
  return tcp.maxConnectAttempt === undefined ? empty(path) : greaterThanZero(`${path}.maxConnectAttempt`, tcp.maxConnectAttempt);
}

function httpViolations(http: Http, path: string): readonly Violation[] {
  // The number of attempts says nothing without something to attempt.
  if (Object.keys(http).every((key) => key === 'hostSelectionMaxAttempts')) return empty(path);
  return [
    ...backOffViolations(http, path),
    ...unknownItems(http.retryOn ?? [], isHttpRetryOn, `${path}.retryOn`),
    ...hostSelectionViolations(http.hostSelection ?? [], `${path}.hostSelection`),
  ];
}

function grpcViolations(grpc: Grpc, path: string): readonly Violation[] {
  if (Object.keys(grpc).length === 0) return empty(path);
  return [...backOffViolations(grpc, path), ...unknownItems(grpc.retryOn ?? [], isGrpcRetryOn, `${path}.retryOn`)];
}

function backOffViolations({ backOff, rateLimitedBackOff }: Grpc, path: string): readonly Violation[] {
  const own = backOff !== undefined && backOff.baseInterval === undefined && backOff.maxInterval === undefined ? empty(`${path}.backOff`) : [];
  if (rateLimitedBackOff === undefined) return own;
  const limited = `${path}.rateLimitedBackOff`;
  return [
    ...own,
    ...((rateLimitedBackOff.resetHeaders ?? []).length === 0 ? [{ path: `${limited}.resetHeaders`, message: 'must be defined' }] : []),
    ...positiveDuration(`${limited}.maxInterval`, rateLimitedBackOff.maxInterval),
  ];
}

function unknownItems(items: readonly string[], isKnown: (item: string) => boolean, path: string): readonly Violation[] {
  return items.flatMap((item, index) => (isKnown(item) ? [] : [{ path: `${path}[${index}]`, message: `unknown item '${item}'` }]));
}

function empty(path: string): readonly Violation[] {
  return [{ path, message: 'must not be empty' }];
}
