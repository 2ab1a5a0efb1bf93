import { defineConfig } from 'vitest/config';

/**
 * Tiers of tests: fast (no outside process), servers (nats-server, redis-server, Envoy), traffic (whole mesh), redirection (network
 * namespaces, needs root), zones (a global control plane and zones), distributed.
 */
// How long a condition is waited for before it counts as never met.
const expectations = { poll: { timeout: 20_000 } };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'fast', include: ['libs/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tools/**/*.test.ts'], exclude: ['**/*.server.test.ts', '**/node_modules/**'], testTimeout: 30_000, hookTimeout: 30_000, expect: expectations } },
      { test: { name: 'servers', include: ['libs/*/src/**/*.server.test.ts', 'apps/*/src/**/*.server.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, expect: expectations } },
      { test: { name: 'traffic', include: ['e2e/traffic/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000, poolOptions: { forks: { singleFork: true } } } },
      { test: { name: 'redirection', include: ['e2e/redirection/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000, poolOptions: { forks: { singleFork: true } } } },
      { test: { name: 'zones', include: ['e2e/zones/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, expect: expectations, poolOptions: { forks: { singleFork: true } } } },
      { test: { name: 'distributed', include: ['e2e/distributed/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, poolOptions: { forks: { singleFork: true } } } },
    ],
  },
});
