import { MeshError, parseDuration } from '@weft/kernel';
import { parseRevision } from '@weft/resource-model';
import { okJson, type ApiRequest, type Verbs } from '../http/exchange.ts';
import { invalidParameter, titled } from '../http/problem.ts';
import type { Route } from '../http/routes.ts';
import { changedWithin } from '../receipts/changed-within.ts';
import { receiptsOf } from '../receipts/receipts-of.ts';
import type { ApiPorts } from './ports.ts';
import { demandMesh } from './resource-reader.ts';

/** A waiting request is answered before listeners close it for silence. */
const LONGEST_WAIT_MS = 20_000;

/**
 * Weft's own paths about what changes and what proxies have been given: `/_changes` (whether any resource was written),
 * `/_receipts?revision=` (what became of a write), `/_xds` and
 * `/meshes/{mesh}/_xds` (where every proxy stands) and `/meshes/{mesh}/dataplanes/{name}/_xds`. With `wait` they answer
 * once there is news: `docs/operating.md` tells how.
 */
export function receiptRoutes(ports: ApiPorts): readonly Route[] {
  const route = (path: string, get: (request: ApiRequest) => Promise<unknown>): Route => {
    const verbs: Verbs = { GET: (request) => titled('Could not retrieve receipts', async () => okJson(await get(request))) };
    return { path, resolve: () => verbs };
  };
  return [
    route('/_changes', (request) => changes(ports, request)),
    route('/_receipts', (request) => receipts(ports, request)),
    route('/_xds', (request) => syncs(ports, request)),
    route('/meshes/:mesh/_xds', (request) => syncs(ports, request)),
    route('/meshes/:mesh/dataplanes/:name/_xds', (request) => oneSync(ports, request)),
  ];
}

async function changes(ports: ApiPorts, { query }: ApiRequest): Promise<unknown> {
  const { feedPosition } = ports;
  const after = query.get('after');
  await changedWithin(() => (after === feedPosition.cursor ? undefined : true), { ...waiting(ports, query), changes: (listener) => feedPosition.onChange(listener) });
  return { cursor: feedPosition.cursor };
}

async function receipts(ports: ApiPorts, { query }: ApiRequest): Promise<unknown> {
  if (ports.site.mode === 'global') throw new MeshError('request/unsupported', 'proxies are configured by the control planes of zones: ask those, or see which zones have taken a write in /zones/_overview');
  const text = query.get('revision') ?? '';
  const revision = parseRevision(text);
  if (revision === undefined) throw invalidParameter('revision', 'must be the value of a Weft-Revision header');
  const since = parseRevision(query.get('since') ?? text);
  if (since === undefined) throw invalidParameter('since', 'must be the value of a Weft-Revision header');
  const { observed } = ports;
  const read = (): ReturnType<typeof receiptsOf> => receiptsOf(revision, { proxies: observed.syncs(), positions: observed.positions() }, since);
  const done = await changedWithin(() => {
    const now = read();
    return now.complete ? now : undefined;
  }, waiting(ports, query));
  return { revision: text, ...(done ?? read()) };
}

async function syncs(ports: ApiPorts, { params, query }: ApiRequest): Promise<unknown> {
  const { mesh } = params;
  if (mesh !== undefined) await demandMesh(ports, mesh);
  const after = query.get('after');
  const { observed, instance } = ports;
  const cursor = (): string => `${instance}.${observed.changes}`;
  await changedWithin(() => (after === cursor() ? undefined : true), waiting(ports, query));
  const items = observed.syncs(mesh);
  return { total: items.length, items, next: null, cursor: cursor() };
}

async function oneSync(ports: ApiPorts, { params }: ApiRequest): Promise<unknown> {
  const { mesh = '', name = '' } = params;
  await demandMesh(ports, mesh);
  const found = ports.observed.syncs(mesh).find((sync) => sync.name === name);
  if (found === undefined) throw new MeshError('store/not-found', `no proxy "${name}" of mesh "${mesh}" was ever connected`);
  return found;
}

function waiting({ observed, clock }: ApiPorts, query: URLSearchParams): Parameters<typeof changedWithin>[1] {
  const wait = parseDuration(query.get('wait') ?? '0s');
  if (!wait.ok) throw invalidParameter('wait', wait.error);
  return { changes: (listener) => observed.onReceipt(listener), clock, waitMs: Math.min(wait.value, LONGEST_WAIT_MS) };
}
