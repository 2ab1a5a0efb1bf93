import type { Check, Finding } from './check.ts';

/** What came of one check. */
export interface CheckResult {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly findings: readonly Finding[];
}

/** Runs the checks that apply, in their order. */
export async function runChecks<Facts>(checks: readonly Check<Facts>[], facts: Facts): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { id, group, title, applies, run } of checks) {
    if (applies?.(facts) === false) continue;
    const findings = await run(facts);
    const status = findings.some(({ severity }) => severity === 'error') ? 'error' : findings.length > 0 ? 'warning' : 'ok';
    results.push({ id, group, title, status, findings });
  }
  return results;
}
