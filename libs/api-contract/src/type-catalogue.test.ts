import { readFileSync } from 'node:fs';
import { weftRegistry } from '@weft/policy-model';
import { expect, it } from 'vitest';
import { encodeJson } from './encode-json.ts';
import { policiesDocument, resourcesDocument } from './type-catalogue.ts';

const recorded = JSON.parse(readFileSync(new URL('../testdata/recorded-catalogue.json', import.meta.url), 'utf8')) as { resources: unknown[]; policies: unknown[] };
const isReadOnly = ({ readOnly }: { readonly readOnly?: boolean }): boolean => readOnly === true;

it('describes every type as Kuma does', () => {
  expect(encodeJson(resourcesDocument(weftRegistry, isReadOnly).resources)).toBe(encodeJson(recorded.resources));
});

it('describes every policy as Kuma does', () => {
  expect(encodeJson(policiesDocument(weftRegistry, isReadOnly).policies)).toBe(encodeJson(recorded.policies));
});

it('exports nothing that is read-only', () => {
  const { resources } = resourcesDocument(weftRegistry, () => true);
  expect(resources.filter((one) => (one as { includeInFederation: boolean }).includeInFederation)).toEqual([]);
});
