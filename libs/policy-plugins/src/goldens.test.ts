import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeResource, type EnvoyResource } from '@weft/envoy-builders';
import { stringify } from 'yaml';
import { buildCase, CASES, caseNames, resourceJson } from './testing/golden-case.ts';

const FILES = ['input.yaml', 'expected.yaml', 'recorded.yaml'];
const UPDATE = process.env['UPDATE_GOLDENS'] === '1';

describe.each(caseNames())('%s', (name) => {
  it('builds what the golden says (UPDATE_GOLDENS=1 rewrites it)', () => {
    const built = stringify(byType(buildCase(name)), { lineWidth: 160, aliasDuplicateObjects: false });
    const golden = `${CASES}${name}/expected.yaml`;
    if (UPDATE) writeFileSync(golden, built);
    expect(existsSync(golden), `${golden} is missing`).toBe(true);
    expect(built).toBe(readFileSync(golden, 'utf8'));
  });

  it('gives equal bytes for equal input', () => {
    const bytes = () => buildCase(name).map((resource) => Buffer.from(encodeResource(resource)).toString('base64'));
    expect(bytes()).toEqual(bytes());
  });

  it('holds no other files', () => {
    const orphans = readdirSync(`${CASES}${name}`).filter((file) => !FILES.includes(file));
    if (UPDATE) for (const file of orphans) rmSync(`${CASES}${name}/${file}`);
    expect(readdirSync(`${CASES}${name}`).filter((file) => !FILES.includes(file))).toEqual([]);
  });
});

function byType(resources: readonly EnvoyResource[]): Record<string, unknown[]> {
  const groups: Record<string, unknown[]> = {};
  for (const resource of resources) (groups[resource.type] ??= []).push(resourceJson(resource));
  return groups;
}
