import { deep, textOf, type PlaneCheck } from './check.ts';

/** A policy that selects no proxy has no effect; often its targetRef is misspelt. */
export const policiesWithoutMatch: PlaneCheck = {
  id: 'WEFT-POLICY-001',
  group: 'Policies',
  title: 'every policy selects some proxy',
  // In a mesh without proxies nothing can be selected; and a policy for gateways may wait for the first of them.
  run: ({ policies, dataplanes }) => policies.filter(({ selected, document }) => selected === 0 && deep(document, 'spec', 'targetRef', 'proxyTypes') === undefined && dataplanes.some((dataplane) => dataplane['mesh'] === document['mesh'])).map(({ document }) => ({
    severity: 'warning', message: `${textOf(document, 'type')} "${textOf(document, 'name')}" of mesh "${textOf(document, 'mesh')}" selects no proxy`, hint: 'compare its spec.targetRef with the tags and labels of weftctl get dataplanes',
  })),
};
