import type { Violation } from '@weft/kernel';
import type { Resource } from '../resource.ts';
import type { ResourceType } from '../resource-type.ts';
import { isDnsSubdomain } from './check-name.ts';
import { PLACED_ONLY } from './compute-labels.ts';
import type { ControlPlaneSite } from './site.ts';

const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const DNS_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** Labels: keys and values as Kubernetes has them, and the rules for those of kuma.io. Source: Kuma 2.14. */
export function labelViolations(type: ResourceType, resource: Resource, site?: ControlPlaneSite): readonly Violation[] {
  const own = Object.entries(resource.labels).flatMap(([key, value]) => {
    const message = keyProblem(key) ?? valueProblem(value) ?? meaningProblem(key, { type, resource, site });
    return message === undefined ? [] : [{ path: `labels["${key}"]`, message }];
  });
  return [...own, ...missingOrigin(type, resource, site)];
}

function keyProblem(key: string): string | undefined {
  const [name = '', prefix, ...rest] = key.split('/').reverse();
  const good = rest.length === 0 && name.length <= 63 && NAME.test(name) && (prefix === undefined || isDnsSubdomain(prefix));
  return good
    ? undefined
    : "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, optionally after a DNS subdomain and '/'";
}

function valueProblem(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters';
  return VALUE.test(value)
    ? undefined
    : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
}

interface Labelled {
  readonly type: ResourceType;
  readonly resource: Resource;
  readonly site: ControlPlaneSite | undefined;
}

function meaningProblem(key: string, { type, resource, site }: Labelled): string | undefined {
  const value = resource.labels[key] ?? '';
  switch (key) {
    case 'kuma.io/origin': return originProblem(value, type, site);
    case 'kuma.io/zone': return site?.mode === 'zone' && value !== site.zone ? `must be "${site.zone}", the name of this zone` : undefined;
    case 'kuma.io/mesh': return type.scope === 'Mesh' && value !== resource.mesh ? `must be "${resource.mesh}", the mesh of the resource` : undefined;
    case 'kuma.io/workload': return type.name === 'Dataplane' ? workloadProblem(value, site) : undefined;
    default: return undefined;
  }
}

function originProblem(value: string, type: ResourceType, site: ControlPlaneSite | undefined): string | undefined {
  if (value !== 'global' && value !== 'zone') return `unknown origin "${value}": must be "global" or "zone"`;
  if (site?.mode === 'global' && value !== 'global') return "the origin label must be set to 'global'";
  return demandsZoneOrigin(type, site) && value !== 'zone' ? "the origin label must be set to 'zone'" : undefined;
}

function missingOrigin(type: ResourceType, { labels }: Resource, site: ControlPlaneSite | undefined): readonly Violation[] {
  if (!demandsZoneOrigin(type, site) || site?.originLabelOptional === true || labels['kuma.io/origin'] !== undefined) return [];
  return [{ path: 'labels["kuma.io/origin"]', message: "the origin label must be set to 'zone'" }];
}

function demandsZoneOrigin(type: ResourceType, site: ControlPlaneSite | undefined): boolean {
  return site?.mode === 'zone' && site.federated && type.form === 'spec' && !PLACED_ONLY.includes(type.name);
}

function workloadProblem(value: string, site: ControlPlaneSite | undefined): string | undefined {
  if (site?.mode === 'global') return 'cannot be set on a global control plane';
  return value.length <= 63 && DNS_1035.test(value) ? undefined : "must be a DNS-1035 label: lower case alphanumeric characters or '-', starting with a letter";
}
