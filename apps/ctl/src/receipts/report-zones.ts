import { MeshError } from '@weft/kernel';
import type { CliContext } from '../context.ts';
import { painter } from '../paint.ts';
import { screenWidth } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';
import { readZones, type ZoneState } from '../zones/zone-state.ts';
import { zoneOutcome, type Written, type ZoneOutcome } from './zone-outcome.ts';

/** What was written at a global control plane, and how the zones stood before. */
export interface ZoneReport {
  readonly before: readonly ZoneState[];
  readonly written: readonly Written[];
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly timeoutMs: number;
}

/** The server writes counts every 2 s at most. */
const SETTLED_MS = 5_000;
const ASK_AGAIN_MS = 250;

/**
 * Waits until every zone that is connected has answered some writes at the global control plane, and prints what they said. Throws where
 * one refuses, and where the time is over. What Envoys make of it is known in the zones first, and shows in `status`.
 */
export async function reportZones(context: CliContext, report: ZoneReport): Promise<void> {
  const outcomes = await settled(context, report);
  print(context, outcomes, `${((Date.now() - report.startedAt) / 1000).toFixed(1)} s`);
  const refused = outcomes.filter(({ result }) => result === 'NACKED').length;
  if (refused > 0) throw new MeshError('resource/invalid', `${refused} of ${count(outcomes.length)} refused this. They go on with what they had: correct it and apply again.`);
  if (outcomes.some(({ result }) => result === 'PENDING')) throw new MeshError('bus/deadline', 'not every zone has answered within --timeout. What was written stays; see: weftctl describe zone NAME');
}

async function settled(context: CliContext, { before, written, startedAt, timeoutMs }: ZoneReport): Promise<readonly ZoneOutcome[]> {
  const earlier = new Map(before.map((zone) => [zone.name, zone]));
  const writtenAt = Date.now();
  for (;;) {
    const isSettled = Date.now() - writtenAt > SETTLED_MS;
    const zones = await readZones(context.client());
    const outcomes = zones.map((now) => zoneOutcome(written, { before: earlier.get(now.name), now, isSettled }));
    if (Date.now() - startedAt >= timeoutMs || !outcomes.some(({ result }) => result === 'PENDING')) return outcomes;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function print(context: CliContext, outcomes: readonly ZoneOutcome[], took: string): void {
  const paint = painter(context.terminal);
  const of = (result: ZoneOutcome['result']): readonly ZoneOutcome[] => outcomes.filter((one) => one.result === result);
  if (outcomes.length === 0) return context.print('There is no zone that this could go to.\n');
  const counted = (result: ZoneOutcome['result'], words: string): readonly string[] => (of(result).length === 0 ? [] : [`${of(result).length} ${words}`]);
  const counts = [paint('good', `${of('ACKED').length} ACKed`), paint(of('NACKED').length > 0 ? 'bad' : 'quiet', `${of('NACKED').length} NACKed`), ...counted('UNCHANGED', 'with nothing to change'), ...counted('PENDING', 'not answered yet'), ...counted('OFFLINE', 'not connected')];
  context.print(`${count(outcomes.length)}: ${counts.join(', ')} (${took})\n`);
  for (const { zone, messages } of of('NACKED')) context.print(`  ${paint('bad', 'NACK')} zone ${zone}\n${messages.map((message) => `${wrapText(message, { width: screenWidth(context.terminal), first: '       ', indent: '       ' })}\n`).join('')}`);
  for (const { zone } of of('OFFLINE')) context.print(`  zone ${zone} is not connected: it gets this when it is back\n`);
  if (of('ACKED').length > 0) context.print('How their proxies took it shows in: weftctl status\n');
}

function count(zones: number): string {
  return `${zones} ${zones === 1 ? 'zone' : 'zones'}`;
}
