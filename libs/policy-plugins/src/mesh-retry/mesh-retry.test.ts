import { expect, it } from 'vitest';
import { buildInput, readCase, resourceJson } from '../testing/golden-case.ts';

/** Retries of each route of `backend`, by its target. */
function retries(ofRoutes: readonly unknown[]): readonly unknown[] {
  const input = readCase('policies-together');
  const [outbound] = input.outbounds ?? [];
  if (outbound === undefined) throw new Error('the case has no outbound');
  const [template] = outbound.routes.slice(-1);
  if (template === undefined) throw new Error('the outbound has no route');
  const routes = ofRoutes.map((conf, index) => ({ ...template, match: { path: { type: 'Exact', value: `/${index}` } }, conf: conf === undefined ? {} : { MeshRetry: conf } }));
  const built = buildInput('retries', { ...input, outbounds: [{ ...outbound, routes, conf: { MeshRetry: { http: { numRetries: 3 } } } }] }).find(({ type, name }) => type === 'rds' && name.startsWith('outbound:'));
  const { virtual_hosts: hosts } = (built === undefined ? {} : resourceJson(built)) as unknown as { virtual_hosts?: readonly { routes: readonly { route: { retry_policy?: { num_retries?: number } } }[] }[] };
  return (hosts?.[0]?.routes ?? []).map(({ route }) => route.retry_policy?.num_retries);
}

it('what a route says of retries counts, none at all too; one that says nothing has those of its service', () => {
  expect(retries([{ http: { numRetries: 0 } }, { http: { numRetries: 5 } }, undefined, { grpc: { numRetries: 0 } }])).toEqual([undefined, 5, 3, 3]);
});
