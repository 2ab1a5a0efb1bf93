import { MeshError } from '@weft/kernel';
import type { CheckResult } from '../checks/run-checks.ts';
import { runChecks } from '../checks/run-checks.ts';
import { gatherFacts } from '../checks/gather-facts.ts';
import { MACHINE_CHECKS } from '../checks/machine-checks.ts';
import { machineFacts } from '../checks/machine-facts.ts';
import { PLANE_CHECKS } from '../checks/plane-checks.ts';
import type { CliContext } from '../context.ts';
import { encode, parseFormat } from '../output.ts';
import { painter } from '../paint.ts';
import { screenWidth } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';

/** Flags of `check`. */
export interface CheckFlags {
  readonly pre?: boolean;
  readonly output: string;
}

/** More of one check's findings are counted, not shown. */
const SHOWN = 5;

/** `weftctl check`: looks at the control plane and its proxies, or with `--pre` at this machine. Throws where something is an error. */
export async function check(context: CliContext, flags: CheckFlags): Promise<void> {
  const format = parseFormat(flags.output);
  const results = flags.pre === true ? await runChecks(MACHINE_CHECKS, machineFacts(context.terminal)) : await checkPlane(context);
  context.print(format === 'table' ? report(context, results) : encode({ checks: results }, format));
  const errors = results.filter(({ status }) => status === 'error').length;
  if (errors > 0) throw new MeshError('request/invalid', `${errors} ${errors === 1 ? 'check' : 'checks'} found an error`);
}

async function checkPlane(context: CliContext): Promise<CheckResult[]> {
  const reachable = { id: 'WEFT-CP-000', group: 'Control plane', title: 'the control plane answers' };
  try {
    const facts = await gatherFacts(context.client());
    return [{ ...reachable, status: 'ok', findings: [] }, ...(await runChecks(PLANE_CHECKS, facts))];
  } catch (caught) {
    const { message } = MeshError.from(caught);
    return [{ ...reachable, status: 'error', findings: [{ severity: 'error', message, hint: 'start it (weft-cp run), or say where it is: weftctl config control-planes add' }] }];
  }
}

function report(context: CliContext, results: readonly CheckResult[]): string {
  const paint = painter(context.terminal);
  const width = screenWidth(context.terminal);
  const marks = { ok: paint('good', '√'), warning: paint('warning', '!'), error: paint('bad', '×') };
  const groups = [...new Set(results.map(({ group }) => group))];
  const lines = groups.flatMap((group) => [paint('strong', group), ...results.filter((result) => result.group === group).flatMap(({ id, title, status, findings }) => [
    `  ${marks[status]} ${title}${status === 'ok' ? '' : `  ${paint('quiet', id)}`}`,
    ...findings.slice(0, SHOWN).map(({ message }) => wrapText(message, { width, first: '      ', indent: '      ' })),
    ...(findings.length > SHOWN ? [`      and ${findings.length - SHOWN} more (see -o json)`] : []),
    ...[...new Set(findings.map(({ hint }) => hint))].slice(0, 2).map((hint) => paint('quiet', wrapText(hint, { width, first: '      → ', indent: '        ' }))),
  ]), '']);
  const count = (status: CheckResult['status']): number => results.filter((result) => result.status === status).length;
  return `${lines.join('\n')}\n${count('ok')} well, ${count('warning')} with warnings, ${count('error')} with errors\n`;
}
