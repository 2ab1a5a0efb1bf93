import { err, ok, type Result } from '@weft/kernel';
import { renderTemplate, templateFields } from '@weft/name-template';
import type { Resource } from '@weft/resource-model';
import type { MeshIdentity } from './matching-identities.ts';

/** Trust domain where a MeshIdentity names none (Kuma 2.14). */
export const DEFAULT_TRUST_DOMAIN = '{{ .Mesh }}.{{ .Zone }}.mesh.local';
const DEFAULT_PATH = '/workload/{{ .Workload }}';
const DEFAULT_PATH_KUBERNETES = '/ns/{{ .Namespace }}/sa/{{ .ServiceAccount }}';

/** The part of a Dataplane that its SPIFFE id is made from. */
export type IdentifiedProxy = Pick<Resource, 'mesh' | 'name' | 'labels'>;

/** SPIFFE allows these in a path; nothing of them can end a URI or begin another. */
const PATH = /^(\/[A-Za-z0-9._-]+)+$/;
const TRUST_DOMAIN = /^[a-z0-9._-]{1,253}$/;
const LONGEST_ID = 2048;

/** The trust domain of an identity in a zone, or why its template cannot be rendered. Labels are those of the MeshIdentity. */
export function trustDomainOf(identity: MeshIdentity, zone: string): Result<string, string> {
  const template = identity.spec.spiffeID?.trustDomain;
  const rendered = renderTemplate(template === undefined || template === '' ? DEFAULT_TRUST_DOMAIN : template, {
    fields: { Mesh: identity.mesh, Zone: zone }, label: (key) => identity.labels[key],
  });
  if (!rendered.ok) return err(`the trust domain of MeshIdentity "${identity.name}" cannot be made: ${rendered.error}`);
  return TRUST_DOMAIN.test(rendered.value) ? rendered : err(`MeshIdentity "${identity.name}" gives the trust domain "${rendered.value}": use lower case letters, digits, ".", "-" and "_", at most 253 of them`);
}

/**
 * The SPIFFE id that an identity gives to a proxy: `spiffe://<trust domain><path>`; the zone is the proxy's. The error
 * says which part of which template has no value.
 */
export function spiffeIdOf(identity: MeshIdentity, proxy: IdentifiedProxy): Result<string, string> {
  const zone = proxy.labels['kuma.io/zone'] ?? '';
  const domain = trustDomainOf(identity, zone);
  if (!domain.ok) return domain;
  const fields = {
    Mesh: proxy.mesh, Zone: zone, Workload: proxy.labels['kuma.io/workload'] ?? '',
    Namespace: proxy.labels['k8s.kuma.io/namespace'] ?? '', ServiceAccount: proxy.labels['k8s.kuma.io/service-account'] ?? '',
  };
  const template = pathTemplate(identity, proxy);
  const failed = (why: string): Result<never, string> => err(`MeshIdentity "${identity.name}" cannot name Dataplane "${proxy.name}": ${why} (path "${template}")`);
  const empty = templateFields(template).find((name) => fields[name as keyof typeof fields] === '');
  if (empty !== undefined) return failed(`.${empty} is empty${empty === 'Workload' ? ': give the Dataplane the label kuma.io/workload' : ''}`);
  const path = renderTemplate(template, { fields, label: (key) => proxy.labels[key] });
  if (!path.ok) return failed(path.error);
  const id = `spiffe://${domain.value}${path.value}`;
  if (!PATH.test(path.value) || /\/\.{1,2}(\/|$)/.test(path.value) || id.length > LONGEST_ID) return failed(`"${path.value}" is no SPIFFE path: segments of letters, digits, ".", "-" and "_", each after a "/"`);
  return ok(id);
}

/** Whether the identity's path depends on the proxy's workload, so that a proxy without one has no id (universal default). */
export function usesWorkload(identity: MeshIdentity): boolean {
  const path = identity.spec.spiffeID?.path;
  return path === undefined || path === '' ? true : templateFields(path).includes('Workload') || /label\s+["`]kuma\.io\/workload["`]/.test(path);
}

function pathTemplate({ spec }: MeshIdentity, { labels }: IdentifiedProxy): string {
  const path = spec.spiffeID?.path;
  if (path !== undefined && path !== '') return path;
  return labels['kuma.io/env'] === 'kubernetes' ? DEFAULT_PATH_KUBERNETES : DEFAULT_PATH;
}
