import { sendText, type PreviewRequest, type Requests } from '@weft/bus';
import type { ConfigEngine, EngineKnowledge } from '@weft/config-pipeline';
import type { ProxyClient, ProxyKey } from '@weft/proxy-view';
import { concerns } from './concerns.ts';
import type { PreviewTurns } from './preview-turns.ts';
import { ScratchEngine, type ScratchConfig } from './scratch-engine.ts';
import { Slices } from './slices.ts';
import { snapshotChanges, withDiff, type EnvoyChange } from './snapshot-changes.ts';

/** What changes would do to the proxies of one xds-server. */
export interface PreviewAnswer {
  /** Proxies of the mesh that are connected to it. */
  readonly connected: number;
  /** Proxies that the changes may concern and that were not looked at, because time was up. */
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

/** No further proxy is looked at after this time: the rest is counted. */
const BUDGET_MS = 15_000;
/** Differences are told of this many proxies; of the others, which resources change. */
const WITH_DIFF = 3;

/** The handler of `xds.preview.<instance>`: builds the configs of the proxies that changes concern with and without them, and tells what differs. */
export function previewHandler({ bus, engine, turns, clientsOf }: PreviewPorts): (request: PreviewRequest) => Promise<null> {
  return ({ mesh, changes, answerTo }) => turns.take(async () => {
    const connected = clientsOf(mesh);
    const found = await preview(engine.knowledge(mesh), { mesh, changes, connected });
    const answer: PreviewAnswer = { connected: connected.length, ...found };
    await sendText(bus, answerTo, JSON.stringify(answer));
    return null;
  });
}

type Asked = Pick<PreviewRequest, 'mesh' | 'changes'> & { readonly connected: readonly ProxyClient[] };

async function preview(knowledge: EngineKnowledge, { mesh, changes, connected }: Asked): Promise<Omit<PreviewAnswer, 'connected'>> {
  const slices = new Slices();
  const isConcerned = concerns(changes, knowledge);
  const [before, after] = [await ScratchEngine.start(slices, { mesh, knowledge }), await ScratchEngine.start(slices, { mesh, knowledge }, changes)];
  const proxies: ProxyPreview[] = [];
  let skipped = 0;
  for (const client of connected) {
    await slices.pause();
    if (!isConcerned(client.key)) continue;
    if (slices.elapsed > BUDGET_MS) {
      skipped++;
      continue;
    }
    const made = difference(client.key, { old: await before.build(client), now: await after.build(client) }, proxies.length < WITH_DIFF);
    if (made !== undefined) proxies.push(made);
  }
  return { skipped, proxies };
}

function difference(key: ProxyKey, { old, now }: { readonly old: ScratchConfig; readonly now: ScratchConfig }, diff: boolean): ProxyPreview | undefined {
  const [oldSnapshot, snapshot] = [old.config?.snapshot, now.config?.snapshot];
  const changes = snapshotChanges(oldSnapshot, snapshot);
  const earlier = new Set(problemsOf(old));
  const problems = problemsOf(now).filter((problem) => !earlier.has(problem));
  if (changes.length === 0 && problems.length === 0 && now.refusal === old.refusal) return undefined;
  return {
    name: key.name, ...(now.refusal !== undefined && { refusal: now.refusal }), problems,
    changes: diff ? changes.map((change) => withDiff(change, oldSnapshot, snapshot)) : changes,
  };
}

function problemsOf({ config }: ScratchConfig): readonly string[] {
  return (config?.problems ?? []).map(({ resource, reason }) => `${resource}: ${reason}`);
}
