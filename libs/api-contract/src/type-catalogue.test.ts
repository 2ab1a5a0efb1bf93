import { readFileSync } from 'node:fs';
import { weftRegistry } from '@weft/policy-model';
import { createRegistry } from '@weft/resource-model';
import { expect, it } from 'vitest';
import { encodeJson } from './encode-json.ts';
import { policiesDocument, resourcesDocument } from './type-catalogue.ts';

interface Entry {
  readonly name: string;
}

const recorded = JSON.parse(readFileSync(new URL('../testdata/recorded-catalogue.json', import.meta.url), 'utf8')) as { resources: Entry[]; policies: Entry[] };
/** What Weft knows of the recorded entries: all of Kuma's types in the end. */
const known = (entries: readonly Entry[]): readonly Entry[] => entries.filter(({ name }) => weftRegistry.byName(name) !== undefined);
const isReadOnly = ({ readOnly }: { readonly readOnly?: boolean }): boolean => readOnly === true;

/** Without the types that only Weft has. */
const kumaTypes = createRegistry(weftRegistry.all.filter(({ weftOnly }) => weftOnly !== true));

it('describes every type as Kuma does', () => {
  expect(encodeJson(resourcesDocument(kumaTypes, isReadOnly).resources)).toBe(encodeJson(known(recorded.resources)));
});

it('describes every policy as Kuma does', () => {
  expect(encodeJson(policiesDocument(kumaTypes, isReadOnly).policies)).toBe(encodeJson(known(recorded.policies)));
});

it('exports nothing that is read-only', () => {
  const { resources } = resourcesDocument(weftRegistry, () => true);
  expect(resources.filter((one) => (one as { includeInFederation: boolean }).includeInFederation)).toEqual([]);
});
