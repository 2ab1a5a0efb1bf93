import { randomUUID } from 'node:crypto';
import { askForText, previewOf } from '@weft/bus';
import { compareText, MeshError } from '@weft/kernel';
import type { Change } from '@weft/resource-model';
import { demandType } from '../access/access.ts';
import type { BatchedIntent, WriteIntent } from '../admission/resource-writer.ts';
import type { ApiRequest, Verbs } from '../http/exchange.ts';
import { okJson } from '../http/exchange.ts';
import { parseJson } from '../http/parse-json.ts';
import { titled } from '../http/problem.ts';
import { parseDocument } from './parse-document.ts';
import type { ApiPorts } from './ports.ts';
import { demandWritable } from './read-only.ts';

/** Two copies of a large mesh are built, maybe after those of others. */
const DEADLINE_MS = 28_000;
/** As many documents as one preview takes. */
const MAX_DOCUMENTS = 500;
/** As many proxies as the answer tells of. */
const MAX_TOLD = 50;

/** What an xds-server answers of its proxies; the rest of a proxy's preview is passed on as it is. */
interface ServerPreview {
  readonly connected: number;
  readonly skipped: number;
  readonly proxies: readonly { readonly name: string }[];
}

/**
 * `POST /_preview` `{resources: [documents]}`: what the documents would change for the proxies that are connected, had they been
 * written. They pass all of admission; nothing is stored or served. Beside `connected`, `changed` and `skipped` (numbers of
 * proxies), `items` tells which Envoy resources of which proxy, of at most {@link MAX_TOLD} proxies.
 */
export function previewVerbs(ports: ApiPorts): Verbs {
  return {
    POST: (request) => titled('Could not preview resources', async () => {
      if (ports.site.mode === 'global') throw new MeshError('request/unsupported', 'Not allowed on global CP');
      const intents = documentsOf(await request.body()).map((document) => readIntent(ports, request, document));
      const { changes, warnings } = await ports.writer.preview(intents.map((intent): BatchedIntent => ({ op: 'put', intent })));
      const found = await Promise.all([...byMesh(changes)].sort(([a], [b]) => compareText(a, b)).map(([mesh, ofMesh]) => previewMesh(ports, mesh, ofMesh)));
      const items = found.flatMap((one) => one.items);
      const sum = (count: (one: MeshPreview) => number): number => found.reduce((total, one) => total + count(one), 0);
      return okJson({ changed: items.length, connected: sum(({ connected }) => connected), items: items.slice(0, MAX_TOLD), skipped: sum(({ skipped }) => skipped), warnings });
    }),
  };
}

interface MeshPreview {
  readonly connected: number;
  readonly skipped: number;
  readonly items: readonly { readonly mesh: string; readonly name: string }[];
}

/** Each xds-server knows its own proxies. */
async function previewMesh({ bus, observed }: ApiPorts, mesh: string, changes: readonly Change[]): Promise<MeshPreview> {
  const texts = await Promise.all(observed.servers.map((server) => askForText(bus, previewOf(server), { mesh, changes, answerTo: randomUUID() }, { deadlineMs: DEADLINE_MS })));
  const answers = texts.map((text) => JSON.parse(text) as ServerPreview);
  return {
    connected: answers.reduce((total, { connected }) => total + connected, 0),
    skipped: answers.reduce((total, { skipped }) => total + skipped, 0),
    items: answers.flatMap(({ proxies }) => proxies.map((proxy) => ({ mesh, ...proxy }))).sort((a, b) => compareText(a.name, b.name)),
  };
}

function documentsOf(body: Buffer): readonly Readonly<Record<string, unknown>>[] {
  const { resources } = parseJson(body, 'preview') as { readonly resources?: unknown };
  if (!Array.isArray(resources)) throw new MeshError('request/invalid', 'resources must be a list of documents');
  if (resources.length > MAX_DOCUMENTS) throw new MeshError('request/too-large', `a preview takes ${MAX_DOCUMENTS} documents at most`);
  return resources as readonly Readonly<Record<string, unknown>>[];
}

function readIntent(ports: ApiPorts, { caller }: ApiRequest, document: Readonly<Record<string, unknown>>): WriteIntent {
  const text = (field: string): string => (typeof document[field] === 'string' ? document[field] : '');
  const type = ports.registry.byName(text('type'));
  if (type === undefined || type.internal === true) throw new MeshError('resource/unknown-type', `"${text('type')}" is not known here`);
  demandType(caller, ports.config.access.static, type);
  demandWritable(type, ports.site);
  return parseDocument(Buffer.from(JSON.stringify(document)), { type, mesh: type.scope === 'Mesh' ? text('mesh') : '', name: text('name') });
}

/** Global resources shape no proxy, except by what is made of them later. */
function byMesh(changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  const found = new Map<string, Change[]>();
  for (const change of changes) {
    const key = change.op === 'put' ? change.resource : change.key;
    const mesh = key.type === 'Mesh' ? key.name : key.mesh;
    if (mesh !== '') found.set(mesh, [...(found.get(mesh) ?? []), change]);
  }
  return found;
}
