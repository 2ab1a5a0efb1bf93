import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { portViolations } from '@weft/resource-model';
import { blockOfType } from '../../rules/shape.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import type { MeshMetricConf, MeshMetricSpec } from './schema.ts';

/** Semantic rules of MeshMetric, in document order. Texts and paths follow Kuma 2.14. */
export function validateMeshMetric(resource: Resource<MeshMetricSpec>): readonly Violation[] {
  const { sidecar, applications = [], backends = [] } = resource.spec.default ?? {};
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'], system: ['MeshGateway'], gatewayTags: true }),
    ...(sidecar?.profiles === undefined ? [] : profileViolations(sidecar.profiles, 'spec.default.sidecar.profiles')),
    ...applications.flatMap(({ port }, index) => portViolations(`spec.default.applications.application[${index}].port`, port)),
    ...backends.flatMap((backend, index) => backendViolations(backend, `spec.default.backends.backend[${index}]`)),
  ];
}

type Profiles = NonNullable<NonNullable<MeshMetricConf['sidecar']>['profiles']>;
type Backend = NonNullable<MeshMetricConf['backends']>[number];

const PROFILES = ['All', 'None', 'Basic'];
const SELECTORS = ['Prefix', 'Regex', 'Exact', 'Contains'];

function profileViolations({ appendProfiles = [], include = [], exclude = [] }: Profiles, path: string): readonly Violation[] {
  const names = appendProfiles.flatMap(({ name }, index) => (PROFILES.includes(name)
    ? []
    : [{ path: `${path}.appendProfiles[${index}].name`, message: `unrecognized profile name '${name}' - 'All', 'None', 'Basic' are supported` }]));
  return [...names, ...selectorViolations(exclude, `${path}.exclude`), ...selectorViolations(include, `${path}.include`)];
}

function selectorViolations(selectors: readonly { readonly type: string; readonly match: string }[], path: string): readonly Violation[] {
  return selectors.flatMap(({ type, match }, index) => {
    if (!SELECTORS.includes(type)) return [{ path: `${path}[${index}].type`, message: `unrecognized type '${type}' - 'Regex', 'Prefix', 'Exact', 'Contains' are supported` }];
    return type === 'Regex' && !isRegex(match) ? [{ path: `${path}[${index}].match`, message: 'invalid regex' }] : [];
  });
}

function isRegex(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

function backendViolations(backend: Backend, path: string): readonly Violation[] {
  const { prometheus, openTelemetry: otel } = backend;
  return [
    ...blockOfType(path, backend, { Prometheus: 'prometheus', OpenTelemetry: 'openTelemetry' }),
    ...(prometheus === undefined ? [] : portViolations(`${path}.port`, prometheus.port)),
    ...(otel !== undefined && (otel.endpoint === undefined) === (otel.backendRef === undefined) ? [{ path: `${path}.openTelemetry`, message: 'must have exactly one defined: endpoint, backendRef' }] : []),
    ...(otel?.endpoint !== undefined && !/^[^\s/]+:\d{1,5}$/.test(otel.endpoint) ? [{ path: `${path}.openTelemetry.endpoint`, message: 'must be in host:port format' }] : []),
  ];
}
