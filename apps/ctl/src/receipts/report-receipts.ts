import { MeshError } from '@weft/kernel';
import type { CliContext } from '../context.ts';
import { painter } from '../paint.ts';
import { screenWidth } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';

interface Receipt {
  readonly mesh: string;
  readonly name: string;
  readonly result: 'ACKED' | 'NACKED' | 'PENDING';
  readonly messages: readonly string[];
}

interface Receipts {
  readonly complete: boolean;
  readonly connected: number;
  readonly proxies: readonly Receipt[];
}

/** One request waits at most this long; the server answers as soon as there is something to say. */
const WAIT_MS = 15_000;

/**
 * Waits until the proxies that some writes concern have answered, and prints what they said. Throws where one refuses,
 * where the time is over, and where the server gives no receipts.
 */
export async function reportReceipts(context: CliContext, revisions: readonly (string | undefined)[], { startedAt, timeoutMs }: { readonly startedAt: number; readonly timeoutMs: number }): Promise<void> {
  const [first, last] = [revisions[0], revisions.at(-1)];
  if (first === undefined || last === undefined) throw new MeshError('request/unsupported', '--wait needs a Weft control plane: this one does not say at which revision a write stands. The resources were written.');
  const receipts = await settled(context, { first, last, endsAt: startedAt + timeoutMs });
  const took = `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  print(context, receipts, took);
  const refused = receipts.proxies.filter(({ result }) => result === 'NACKED').length;
  if (refused > 0) throw new MeshError('resource/invalid', `${refused} of ${count(receipts.proxies.length)} refused this. They go on with what they had: correct it and apply again.`);
  if (!receipts.complete) throw new MeshError('bus/deadline', `not every proxy has answered within --timeout. What was written stays; see: weftctl status`);
}

async function settled(context: CliContext, { first, last, endsAt }: { readonly first: string; readonly last: string; readonly endsAt: number }): Promise<Receipts> {
  for (;;) {
    const wait = Math.max(0, Math.min(WAIT_MS, endsAt - Date.now()));
    const query = new URLSearchParams({ revision: last, since: first, wait: `${wait}ms` });
    const receipts = (await context.client().getJson(`/_receipts?${query.toString()}`)) as unknown as Receipts;
    if (receipts.complete || wait === 0) return receipts;
  }
}

function print(context: CliContext, { proxies, connected, complete }: Receipts, took: string): void {
  const paint = painter(context.terminal);
  const of = (result: Receipt['result']): readonly Receipt[] => proxies.filter((proxy) => proxy.result === result);
  if (proxies.length === 0) return context.print(complete ? `No proxy had to change: none of the ${connected} connected is concerned (${took})\n` : '');
  const pending = of('PENDING').length;
  const counts = [paint('good', `${of('ACKED').length} ACKed`), paint(of('NACKED').length > 0 ? 'bad' : 'quiet', `${of('NACKED').length} NACKed`), ...(pending > 0 ? [paint('warning', `${pending} not answered yet`)] : [])];
  context.print(`${count(proxies.length)} affected: ${counts.join(', ')} (${took})\n`);
  for (const { mesh, name, messages } of of('NACKED')) {
    context.print(`  ${paint('bad', 'NACK')} ${name} (mesh ${mesh})\n${messages.map((message) => `${wrapText(message.trim(), { width: screenWidth(context.terminal), first: '       ', indent: '       ' })}\n`).join('')}`);
  }
}

function count(proxies: number): string {
  return `${proxies} ${proxies === 1 ? 'proxy' : 'proxies'}`;
}
