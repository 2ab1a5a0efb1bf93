import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { buildCombination, COMBINATIONS } from './testing/combinations.ts';
import { resourceJson } from './testing/golden-case.ts';

const GOLDEN = fileURLToPath(new URL('../testdata/combinations.yaml', import.meta.url));

type Fields = Readonly<Record<string, unknown>>;

/** Every message below `json` that has the field. */
function having(json: unknown, field: string): readonly Fields[] {
  if (typeof json !== 'object' || json === null) return [];
  const below = Object.values(json).flatMap((value) => having(value, field));
  return field in json ? [json as Fields, ...below] : below;
}

/** What the five change: permissions by name in their order, faults, and of each route its time, retries and targets. */
function summary(name: string): unknown {
  const resources = buildCombination(name).filter(({ type }) => type === 'lds' || type === 'rds').map((resource) => ({ resource, json: resourceJson(resource) }));
  const found = resources.map(({ resource, json }) => [`${resource.type} ${resource.name}`, {
    permissions: [...new Set(having(json, '@type').filter((message) => text(message['@type']).endsWith('rbac.v3.Action')).map((rule) => `${text(rule['action'] ?? 'ALLOW')} ${text(rule['name'])}`))],
    faults: having(json, '@type').filter((fault) => 'abort' in fault || 'delay' in fault).map(faultLine),
    routes: having(json, 'match').filter((route) => 'route' in route || 'redirect' in route).map(routeLine),
  }] as const);
  return Object.fromEntries(found.filter(([, lines]) => Object.values(lines).some(({ length }) => length > 0)));
}

function faultLine({ abort, delay }: Fields): string {
  return `${abort === undefined ? '' : `aborts with ${text((abort as Fields)['http_status'])}`}${delay === undefined ? '' : ` delays by ${text((delay as Fields)['fixed_delay'])}`}`.trim();
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function routeLine(route: Fields): string {
  const match = route['match'] as Fields;
  const place = ['path', 'prefix', 'safe_regex'].map((kind) => match[kind]).find((value) => value !== undefined);
  const action = (route['route'] ?? {}) as Fields;
  const retries = action['retry_policy'] as Fields | undefined;
  const targets = action['cluster'] ?? having(action['weighted_clusters'], 'weight').map((target) => `${text(target['name'])} ${text(target['weight'])}`).join(', ');
  return [
    `${match['filter_state'] === undefined ? '' : 'by identity '}${text(place)}`, `to ${'redirect' in route ? 'elsewhere' : text(targets)}`,
    ...(action['timeout'] === undefined ? [] : [`within ${text(action['timeout'])}`]), ...(retries === undefined ? [] : [`${text(retries['num_retries'])} retries on ${text(retries['retry_on'])}`]),
  ].join(' ');
}

describe('policies in every combination', () => {
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(GOLDEN, stringify(Object.fromEntries(COMBINATIONS.map((name) => [name, summary(name)])), { lineWidth: 160, aliasDuplicateObjects: false }));
  const golden = parse(readFileSync(GOLDEN, 'utf8')) as Readonly<Record<string, unknown>>;

  it('are the 32 of the golden', () => expect(Object.keys(golden)).toEqual(COMBINATIONS));

  it.each(COMBINATIONS)('%s', (name) => expect(summary(name)).toEqual(golden[name]));
});
