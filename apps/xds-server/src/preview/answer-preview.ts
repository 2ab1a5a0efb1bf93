import { sendText, type PreviewRequest, type Requests } from '@weft/bus';
import type { ConfigEngine } from '@weft/config-pipeline';
import type { ProxyClient, ProxyKey } from '@weft/proxy-view';
import { concernedClients } from './concerned-clients.ts';
import type { PreviewTurns } from './preview-turns.ts';
import { ScratchEngine } from './scratch-engine.ts';
import { snapshotChanges, withDiff, type EnvoyChange } from './snapshot-changes.ts';

/** What changes would do to the proxies of one xds-server. */
export interface PreviewAnswer {
  /** Proxies of the mesh that are connected to it. */
  readonly connected: number;
  /** Proxies that the changes may concern and that were not looked at, because there are too many. */
  readonly skipped: number;
  /** Proxies that would change, by name. */
  readonly proxies: readonly ProxyPreview[];
}

/** What would change for one proxy. */
export interface ProxyPreview {
  readonly name: string;
  /** Why it would get no config. */
  readonly refusal?: string;
  /** Envoy resources that would fail our checks: the proxy would keep the ones that it has. */
  readonly problems: readonly string[];
  readonly changes: readonly EnvoyChange[];
}

/** What the handler works with. */
export interface PreviewPorts {
  readonly bus: Requests;
  readonly engine: ConfigEngine;
  readonly turns: PreviewTurns;
  readonly clientsOf: (mesh: string) => readonly ProxyClient[];
}

/** More proxies than these are not looked at: each is built twice. */
const MAX_PROXIES = 1_000;
/** Differences are told of this many proxies; of the others, which resources change. */
const WITH_DIFF = 3;

/** The handler of `xds.preview.<instance>`: builds the configs of the proxies that changes concern with and without them, and tells what differs. */
export function previewHandler({ bus, engine, turns, clientsOf }: PreviewPorts): (request: PreviewRequest) => Promise<null> {
  return ({ mesh, changes, answerTo }) => turns.take(async () => {
    const connected = clientsOf(mesh);
    const concerned = concernedClients(connected, changes, engine.knowledge(mesh));
    const looked = concerned.slice(0, MAX_PROXIES);
    const proxies = await preview(engine, { mesh, changes, clients: looked });
    const answer: PreviewAnswer = { connected: connected.length, skipped: concerned.length - looked.length, proxies };
    await sendText(bus, answerTo, JSON.stringify(answer));
    return null;
  });
}

async function preview(engine: ConfigEngine, { mesh, changes, clients }: Pick<PreviewRequest, 'mesh' | 'changes'> & { readonly clients: readonly ProxyClient[] }): Promise<readonly ProxyPreview[]> {
  const scratch = await ScratchEngine.start(engine, mesh, clients);
  const before = clients.map(({ key }) => ({ key, refusal: scratch.refusal(key), config: scratch.config(key) }));
  await scratch.apply(changes);
  const previews: ProxyPreview[] = [];
  for (const old of before) {
    const made = difference(scratch, old, previews.length < WITH_DIFF);
    if (made !== undefined) previews.push(made);
  }
  return previews;
}

type Before = { readonly key: ProxyKey; readonly refusal: string | undefined; readonly config: ReturnType<ScratchEngine['config']> };

function difference(scratch: ScratchEngine, { key, refusal: refused, config: old }: Before, diff: boolean): ProxyPreview | undefined {
  const now = scratch.config(key);
  const refusal = scratch.refusal(key);
  const changes = snapshotChanges(old?.snapshot, now?.snapshot);
  const earlier = new Set((old?.problems ?? []).map(({ resource, reason }) => `${resource}: ${reason}`));
  const problems = (now?.problems ?? []).map(({ resource, reason }) => `${resource}: ${reason}`).filter((problem) => !earlier.has(problem));
  if (changes.length === 0 && problems.length === 0 && refusal === refused) return undefined;
  return {
    name: key.name, ...(refusal !== undefined && { refusal }), problems,
    changes: diff ? changes.map((change) => withDiff(change, old?.snapshot, now?.snapshot)) : changes,
  };
}
