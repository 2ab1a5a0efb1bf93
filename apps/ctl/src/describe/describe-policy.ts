import type { ApiClient, Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import type { ResourceType } from '@weft/resource-model';
import { ageOf } from '../age.ts';
import { deep, textOf, wordAt } from '../checks/check.ts';
import { itemPath } from '../resource-paths.ts';
import { named } from './service-lines.ts';
import type { NameInMesh } from './describe-dataplane.ts';
import { referenceLines } from './rules-lines.ts';

/** What is known of a policy, as lines. `types`: where the name is looked for; the first that has it is told of. */
export async function describePolicy(client: ApiClient, types: readonly ResourceType[], { mesh, name }: NameInMesh): Promise<readonly string[]> {
  for (const type of types) {
    const path = itemPath(type, mesh, name);
    const policy = await client.find(path);
    if (policy === undefined) continue;
    const matched = await client.find(`${path}/_resources/dataplanes?size=1000`);
    return [...linesOf(type, policy, matched), ...(await references(client, matched, { type: type.name, mesh, name }))];
  }
  throw new MeshError('store/not-found', `there is no policy "${name}" in mesh "${mesh}"`);
}

/** What leads nowhere does so for every proxy alike: the first one tells. */
async function references(client: ApiClient, matched: Document | undefined, policy: NameInMesh & { readonly type: string }): Promise<readonly string[]> {
  const proxy = deep(matched, 'items', '0', 'name');
  if (typeof proxy !== 'string') return [];
  return referenceLines(await client.find(`/meshes/${encodeURIComponent(policy.mesh)}/dataplanes/${encodeURIComponent(proxy)}/_rules`), policy);
}

function linesOf(type: ResourceType, policy: Document, matched: Document | undefined): readonly string[] {
  const items = deep(matched, 'items');
  const names = Array.isArray(items) ? items.map((item) => String(deep(item, 'name'))) : [];
  return [
    `${type.name} "${textOf(policy, 'name')}" of mesh "${textOf(policy, 'mesh')}" was last changed ${ageOf(textOf(policy, 'modificationTime') || undefined, Date.now())} ago.`,
    `It is for ${target(deep(policy, 'spec', 'targetRef'), 'every proxy of the mesh')}.`,
    names.length === 0 ? 'That selects no proxy, so it has no effect.' : `That selects ${names.length === 1 ? 'one proxy' : `${names.length} proxies`}: ${named(names)}.`,
    ...part(policy, 'to', (to) => `For what they send to ${target(deep(to, 'targetRef'), 'any service')}: ${setting(to)}`),
    ...part(policy, 'from', (from) => `For what they receive from ${target(deep(from, 'targetRef'), 'anyone')}: ${setting(from)}`),
    ...part(policy, 'rules', (rule) => `For what they receive: ${setting(rule)}`),
    ...refusalLines(deep(policy, 'status')),
  ];
}

const XDS_NOUNS: Readonly<Record<string, string>> = { cds: 'cluster', eds: 'endpoints', lds: 'listener', rds: 'routes' };

/** Who refuses what the policy contributed to, as its status says. */
function refusalLines(status: unknown): readonly string[] {
  const refusals = deep(status, 'refusals');
  if (!Array.isArray(refusals)) return [];
  const lines = refusals.map((refusal) => {
    const { dataplane, type, resource, message } = refusal as Readonly<Record<string, string>>;
    const words = (message ?? '').trim();
    return type === undefined
      ? `For ${dataplane} its ${resource} could not be made as asked and stays as it was: ${words}`
      : `${dataplane} refuses the ${XDS_NOUNS[type] ?? type} ${resource} that it contributes to, and keeps the one that it had. Envoy says: ${words}`;
  });
  const told = new Set(refusals.map((refusal) => deep(refusal, 'dataplane'))).size;
  const more = Number(deep(status, 'refusedBy')) - told;
  return more > 0 ? [...lines, `So do ${more} more proxies.`] : lines;
}

function part(policy: Document, field: string, line: (entry: unknown) => string): readonly string[] {
  const entries = deep(policy, 'spec', field);
  return Array.isArray(entries) ? entries.map(line) : [];
}

function setting(entry: unknown): string {
  return JSON.stringify(deep(entry, 'default') ?? {}).replaceAll('"', '').replaceAll(/([:,])(?=\S)/g, '$1 ');
}

function target(ref: unknown, everything: string): string {
  const kind = deep(ref, 'kind');
  if (kind === undefined || kind === 'Mesh') return everything;
  const chosen = [deep(ref, 'name'), ...pairs(deep(ref, 'tags')), ...pairs(deep(ref, 'labels')), deep(ref, 'sectionName')].filter((one) => one !== undefined);
  return `${wordAt(ref, ['kind'], '')}${chosen.length === 0 ? '' : ` ${chosen.map(String).join(', ')}`}`;
}

function pairs(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.entries(value).map(([key, one]) => `${key}=${String(one)}`) : [];
}
