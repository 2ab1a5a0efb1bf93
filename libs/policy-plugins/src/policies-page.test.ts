import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { weftRegistry } from '@weft/policy-model';
import { describe, expect, it } from 'vitest';
import { caseNames } from './testing/golden-case.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = readFileSync(`${ROOT}docs/policies.md`, 'utf8');

/** Rows of the table by policy: the cells after the name. */
const ROWS = new Map([...PAGE.matchAll(/^\| \[(\w+)\]\(([^)]+)\) \| (.*) \|$/gm)].map(([, policy = '', page = '', cells = '']) => [policy, { page, cells: cells.split(' | ') }]));
const POLICIES = weftRegistry.all.filter(({ policy, form }) => policy !== undefined && form === 'spec').map(({ name }) => name);

describe('the table of policies', () => {
  it('has every policy, and no other', () => expect([...ROWS.keys()].toSorted()).toEqual(POLICIES.toSorted()));

  it.each([...ROWS])('%s: has no gap, and what it names is there', (policy, { page, cells }) => {
    const [schema = '', matching = '', effect = '', order = '', goldens = '', tests = ''] = cells;
    expect([schema, matching, effect, order].filter((cell) => cell.trim() === '')).toEqual([]);
    expect(existsSync(`${ROOT}docs/${page}`), page).toBe(true);
    expect(readFileSync(`${ROOT}docs/${page}`, 'utf8')).toContain(`type: ${policy}\n`);
    const cases = quoted(goldens);
    expect(cases.filter((name) => !caseNames().includes(name))).toEqual([]);
    const traffic = quoted(tests).map((name) => `e2e/${name.includes('/') ? name : `traffic/${name}`}.test.ts`);
    expect(traffic.filter((file) => !existsSync(ROOT + file))).toEqual([]);
    expect([cases.length, traffic.length]).not.toContain(0);
    expect(traffic.some((file) => readFileSync(ROOT + file, 'utf8').includes(policy) || readFileSync(ROOT + file, 'utf8').includes(page)), `${traffic.join(', ')} never applies a ${policy}`).toBe(true);
  });
});

function quoted(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}
