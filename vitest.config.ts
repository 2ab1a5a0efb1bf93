import { defineConfig } from 'vitest/config';

/**
 * Tiers of tests: fast (no outside process), servers (nats-server, redis-server, Envoy), smoke (a whole mesh, its first calls), traffic
 * (a whole mesh, all else that it does), redirection (network namespaces, needs root), zones (a global control plane and
 * zones), distributed.
 */
const SMOKE = ['http-mesh', 'protocols', 'permissions', 'faults'].map((name) => `e2e/traffic/${name}.test.ts`);
const singleFork = { forks: { singleFork: true } };

// How long a condition is waited for before it counts as never met.
const expectations = { poll: { timeout: 20_000 } };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'fast', include: ['libs/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tools/**/*.test.ts'], exclude: ['**/*.server.test.ts', '**/node_modules/**'], testTimeout: 30_000, hookTimeout: 30_000, expect: expectations } },
      { test: { name: 'servers', include: ['libs/*/src/**/*.server.test.ts', 'apps/*/src/**/*.server.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, expect: expectations } },
      { test: { name: 'smoke', include: SMOKE, testTimeout: 120_000, hookTimeout: 120_000, poolOptions: singleFork } },
      { test: { name: 'traffic', include: ['e2e/traffic/**/*.test.ts'], exclude: SMOKE, testTimeout: 120_000, hookTimeout: 120_000, poolOptions: singleFork } },
      { test: { name: 'redirection', include: ['e2e/redirection/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000, poolOptions: singleFork } },
      { test: { name: 'zones', include: ['e2e/zones/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, expect: expectations, poolOptions: singleFork } },
      { test: { name: 'distributed', include: ['e2e/distributed/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, poolOptions: singleFork } },
    ],
  },
});
