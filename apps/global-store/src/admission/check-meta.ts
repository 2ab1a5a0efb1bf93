import type { Violation } from '@weft/kernel';
import type { Step } from './draft.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const LABEL_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const DNS_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const MESH_NAME = /^[0-9a-z-_.]*$/;

/** Names: a lower-case RFC 1123 subdomain of at most 253 characters; meshes at most 63. Source: Kuma 2.14. */
export const checkName: Step = {
  name: 'check name',
  stage: 'process',
  run: (draft, { site }) => {
    const { name, mesh, type } = draft;
    const violations: Violation[] = [];
    const longest = type.name === 'Mesh' ? 63 : site.federated ? 252 - site.zone.length : 253;
    if (name.length > longest) violations.push({ path: 'name', message: `value length must less or equal ${longest}` });
    if (!SUBDOMAIN.test(name)) {
      violations.push({ path: 'name', message: "invalid characters. A lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character" });
    }
    if (!MESH_NAME.test(mesh)) violations.push({ path: 'mesh', message: "invalid characters. Valid characters are numbers, lowercase latin letters and '-', '_' symbols." });
    return violations.length > 0 ? violations : draft;
  },
};

/** Labels: keys and values as Kubernetes has them, and the rules for those of `kuma.io`. Source: Kuma 2.14. */
export const checkLabels: Step = {
  name: 'check labels',
  stage: 'process',
  run: (draft, facts) => {
    const violations = Object.entries(draft.labels).flatMap(([key, value]) => {
      const problem = keyProblem(key) ?? valueProblem(value) ?? meaningProblem({ key, value }, draft, facts);
      return problem === undefined ? [] : [{ path: `labels["${key}"]`, message: problem }];
    });
    return violations.length > 0 ? violations : draft;
  },
};

function keyProblem(key: string): string | undefined {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const good = parts.length <= 2 && name.length <= 63 && LABEL_NAME.test(name) && (prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix)));
  return good ? undefined : "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, optionally after a DNS subdomain and '/'";
}

function valueProblem(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters';
  return LABEL_VALUE.test(value) ? undefined : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
}

function meaningProblem(label: { readonly key: string; readonly value: string }, draft: Parameters<Step['run']>[0], { site }: Parameters<Step['run']>[1]): string | undefined {
  const { key, value } = label;
  switch (key) {
    case 'kuma.io/origin':
      if (value !== 'global' && value !== 'zone') return 'unknown origin "' + value + '", it must be one of "global", "zone"';
      if (site.mode === 'global' && value !== 'global') return "the origin label must be set to 'global'";
      return site.federated && draft.type.form === 'spec' && value !== 'zone' ? "the origin label must be set to 'zone'" : undefined;
    case 'kuma.io/zone':
      return site.mode === 'zone' && value !== site.zone ? `must be "${site.zone}", the name of this zone` : undefined;
    case 'kuma.io/mesh':
      return value !== draft.mesh && draft.type.scope === 'Mesh' ? `must be "${draft.mesh}", the mesh of the resource` : undefined;
    case 'kuma.io/workload':
      if (draft.type.name !== 'Dataplane') return undefined;
      if (site.mode === 'global') return 'cannot be set on a global control plane';
      return DNS_1035.test(value) ? undefined : "must be a DNS-1035 label: lower case alphanumeric characters or '-', starting with a letter";
    default:
      return undefined;
  }
}
