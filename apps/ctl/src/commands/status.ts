import { MeshError } from '@weft/kernel';
import type { CliContext } from '../context.ts';
import { LiveScreen } from '../live-screen.ts';
import { parseFormat, type OutputFormat } from '../output.ts';
import { painter } from '../paint.ts';
import { showSyncs, type ProxySync } from '../receipts/show-syncs.ts';
import { zoneTroubles } from '../zones/zone-troubles.ts';
import { readZoneView } from '../zones/zone-view.ts';
import { isScreen } from '../terminal.ts';

/** Flags of `status`. */
export interface StatusFlags {
  /** Absent: every mesh. */
  readonly mesh?: string;
  readonly output: string;
  readonly watch?: boolean;
}

interface Answer {
  readonly items: readonly ProxySync[];
  readonly cursor: string;
  /** What is wrong with zones, in sentences. */
  readonly troubles: readonly string[];
}

/** `weftctl status`: where each proxy stands with each xDS type. With `--watch` again after each change that the server tells of. */
export async function status(context: CliContext, flags: StatusFlags): Promise<void> {
  const format = parseFormat(flags.output);
  await context.checkVersion();
  const path = flags.mesh === undefined ? '/_xds' : `/meshes/${encodeURIComponent(flags.mesh)}/_xds`;
  const first = await ask(context, path);
  if (flags.watch !== true) return context.print(picture(context, first, format));
  await watch(context, path, { first, show: format === 'table' && isScreen(context.terminal) ? drawing(context) : printing(context, format) });
}

async function ask(context: CliContext, path: string, after?: string): Promise<Answer> {
  const query = after === undefined ? '' : `?${new URLSearchParams({ after, wait: '15s' }).toString()}`;
  const client = context.client();
  const answer = (await client.getJson(path + query)) as unknown as Omit<Answer, 'troubles'>;
  return { ...answer, troubles: zoneTroubles(await readZoneView(client), Date.now()) };
}

function picture(context: CliContext, { items, troubles }: Answer, format: OutputFormat): string {
  const text = showSyncs(context, items, format);
  return format !== 'table' || troubles.length === 0 ? text : `${text}\n${troubles.map((line) => `${painter(context.terminal)('warning', line)}\n`).join('')}`;
}

/** A control plane that is away is asked again after this time: nobody can tell when it is back. */
const AWAY_MS = 2_000;

/** Shows what the server answers, again and again, until the process is ended or nobody reads any more. The server answers when something has changed, or after a while. */
async function watch(context: CliContext, path: string, { first, show: display }: { readonly first: Answer; readonly show: Display }): Promise<void> {
  const { stdout } = context.terminal;
  let last = first;
  let away: string | undefined;
  while (!stdout.destroyed) {
    display(last, away);
    try {
      last = await ask(context, path, away === undefined ? last.cursor : undefined);
      away = undefined;
    } catch (caught) {
      const news = MeshError.from(caught).message;
      if (news !== away) display(last, news);
      away = news;
      await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    }
  }
}

/** Shows where the proxies stand; `away`: why the control plane does not answer now. */
type Display = (answer: Answer, away?: string) => void;

/** One picture after the other in the same place: ages are right again each time. */
function drawing(context: CliContext): Display {
  const paint = painter(context.terminal);
  const screen = new LiveScreen(context.terminal);
  return (answer, away) => {
    const foot = away === undefined ? paint('quiet', 'Changes show at once. Ctrl-C ends this.') : paint('bad', `The control plane does not answer (${away}): what stands above is old.`);
    screen.draw([...picture(context, answer, 'table').trimEnd().split('\n'), '', foot], (hidden) => paint('quiet', `and ${hidden} more lines: choose a mesh with -m, or make the window higher`));
  };
}

/** One block after the other, where something is different: ages alone do not count. */
function printing(context: CliContext, format: OutputFormat): Display {
  let last: string | undefined;
  let lastAway: string | undefined;
  return (answer, away) => {
    if (away !== undefined && away !== lastAway) context.warn(`WARNING: the control plane does not answer, it is asked again: ${away}`);
    lastAway = away;
    const now = JSON.stringify([answer.items, answer.troubles.length]);
    if (now !== last) context.print(`${last === undefined || format !== 'table' ? '' : '\n'}${picture(context, answer, format)}`);
    last = now;
  };
}
