import type { Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { CliContext } from '../context.ts';
import { encode, META_KEYS } from '../output.ts';
import { federated } from '../export/federated.ts';

const PROFILES = ['federation', 'federation-with-policies', 'all', 'no-dataplanes'] as const;

/** Flags of `export`. */
export interface ExportFlags {
  readonly profile: string;
  readonly format: string;
  readonly includeAdmin?: boolean;
  readonly systemNamespace: string;
}

interface Listed {
  readonly name: string;
  readonly path: string;
  readonly scope: string;
  readonly readOnly?: boolean;
  readonly policy?: unknown;
}

/** `weftctl export`: every resource of a profile as YAML documents, whole lists (kumactl stops after the first page). */
export async function exportResources(context: CliContext, flags: ExportFlags): Promise<void> {
  const client = context.client();
  await context.checkVersion();
  const index = await client.index();
  context.print(`# Product: ${String(index['product'])}, Version: ${String(index['version'])}, Hostname: ${String(index['hostname'])}, ClusterId: ${String(index['clusterId'])}, InstanceId: ${String(index['instanceId'])}\n`);
  const profile = PROFILES.find((known) => known === flags.profile);
  if (profile === undefined) throw new MeshError('request/invalid', `invalid profile: "${flags.profile}"`);
  if (flags.format !== 'universal' && flags.format !== 'kubernetes') throw new MeshError('request/invalid', `invalid format: "${flags.format}"`);
  const found = await gather(context, profile, flags.includeAdmin === true);
  const documents = profile.startsWith('federation') ? federated(found) : found;
  if (flags.format === 'universal') return context.print(documents.map((document) => `---\n${encode(document, 'yaml')}`).join(''));
  const objects: string[] = [];
  for (const document of documents) objects.push(encode(await asKubernetes(context, document, flags.systemNamespace), 'yaml'));
  context.print(objects.join('---\n'));
}

async function gather(context: CliContext, profile: (typeof PROFILES)[number], includeAdmin: boolean): Promise<Document[]> {
  const { resources } = (await context.client().getJson('/_resources')) as unknown as { readonly resources: readonly Listed[] };
  const documents: Document[] = [];
  for (const type of resources.filter((one) => wanted(one, profile, includeAdmin))) {
    if (weftRegistry.byName(type.name) === undefined) {
      context.print(`# Type ${type.name} is not known to this program and was left out\n`);
      context.warn(`WARNING: type ${type.name} is not known to this program and was left out`);
      continue;
    }
    for await (const document of context.client().listAll(`/${type.path}`)) documents.push(document);
  }
  return documents;
}

const FEDERATED = new Set(['Mesh', 'Secret', 'GlobalSecret']);

function wanted({ name, readOnly, policy }: Listed, profile: (typeof PROFILES)[number], includeAdmin: boolean): boolean {
  if (readOnly === true || name.endsWith('Insight')) return false;
  if (name === 'GlobalSecret' && !includeAdmin && !profile.startsWith('federation')) return false;
  switch (profile) {
    case 'all': return true;
    case 'no-dataplanes': return name !== 'Dataplane';
    case 'federation': return FEDERATED.has(name);
    case 'federation-with-policies': return FEDERATED.has(name) || policy !== undefined || name === 'MeshGateway' || name === 'ExternalService';
  }
}

/** The server's form of a resource for Kubernetes, in the namespace of the control plane that is to get it; of a Mesh with what the profile changed. */
async function asKubernetes(context: CliContext, document: Document, namespace: string): Promise<Document> {
  const type = weftRegistry.byName(String(document['type']));
  const prefix = type?.scope === 'Mesh' ? `/meshes/${encodeURIComponent(String(document['mesh']))}` : '';
  const object = await context.client().getJson(`${prefix}/${type?.plural ?? ''}/${encodeURIComponent(String(document['name']))}?format=k8s`);
  const metadata = object['metadata'] as Document;
  return { ...object, metadata: { ...metadata, ...(metadata['namespace'] !== undefined && { namespace }) }, ...(type?.name === 'Mesh' && { spec: withoutMeta(document) }) };
}

function withoutMeta(document: Document): Document {
  return Object.fromEntries(Object.entries(document).filter(([key]) => !META_KEYS.has(key)));
}
