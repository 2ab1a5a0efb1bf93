import { describe, expect, it } from 'vitest';
import { buildCase, caseNames } from './testing/golden-case.ts';
import { validateBootstrap } from './testing/real-envoy.ts';
import { staticBootstrap } from './testing/static-bootstrap.ts';

describe.each(caseNames())('Envoy accepts the golden %s', (name) => {
  it.each([['as it is served', false], ['with its routes', true]])('%s', async (_, inlineRoutes) => {
    await expect(validateBootstrap(staticBootstrap(buildCase(name), { inlineRoutes, staticSecrets: false }))).resolves.toBeDefined();
  });
});

it('Envoy refuses what is wrong', async () => {
  const bootstrap = staticBootstrap(buildCase('baseline'), { inlineRoutes: true, staticSecrets: true });
  await expect(validateBootstrap(bootstrap)).rejects.toThrow(/mesh_ca:secret:default/);
});
