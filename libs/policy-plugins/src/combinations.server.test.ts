import { expect, it } from 'vitest';
import { buildCombination, COMBINATIONS } from './testing/combinations.ts';
import { validateBootstrap } from './testing/real-envoy.ts';
import { staticBootstrap } from './testing/static-bootstrap.ts';

it.each(COMBINATIONS)('Envoy accepts %s', async (name) => {
  await expect(validateBootstrap(staticBootstrap(buildCombination(name), { inlineRoutes: true, staticSecrets: false }))).resolves.toBeDefined();
});
