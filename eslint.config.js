import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Folders whose code must run anywhere: no Node, no clock, no randomness. Keep in step with tsconfig.pure.json. */
const PURE = [
  'kernel', 'name-template', 'resource-model', 'mesh-identity', 'policy-model', 'api-contract', 'policy-engine', 'mesh-index', 'proxy-view', 'envoy-builders', 'policy-plugins',
  'config-pipeline', 'xds-core', 'hds-core', 'ca-core', 'dns-core', 'kds-core', 'transparent-proxy', 'store', 'bus', 'feed', 'key-store',
].map((lib) => `libs/${lib}/src/**/*.ts`);

const TEST_CODE = ['**/*.test.ts', '**/testing.ts', '**/testing/**', 'libs/testkit/**', 'e2e/**'];

/** Which layer may import which (docs/adr/0001). Arrows point down. */
const LAYERS = [
  { sourceTag: 'layer:kernel', onlyDependOnLibsWithTags: ['layer:kernel'] },
  { sourceTag: 'layer:model', onlyDependOnLibsWithTags: ['layer:kernel', 'layer:model'] },
  { sourceTag: 'layer:core', onlyDependOnLibsWithTags: ['layer:kernel', 'layer:model', 'layer:core'] },
  { sourceTag: 'layer:adapter', onlyDependOnLibsWithTags: ['layer:kernel', 'layer:model', 'layer:core', 'layer:adapter'] },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:kernel', 'layer:model', 'layer:core', 'layer:adapter'] },
  { sourceTag: 'layer:composition', onlyDependOnLibsWithTags: ['layer:kernel', 'layer:model', 'layer:core', 'layer:adapter', 'layer:app'] },
  { sourceTag: 'layer:test', onlyDependOnLibsWithTags: ['layer:kernel', 'layer:adapter', 'layer:test'] },
  { sourceTag: 'runtime:any', onlyDependOnLibsWithTags: ['runtime:any'] },
];

/** A pure layer may not reach for a transport or a database, whatever its package.json says. */
const NO_TRANSPORT = ['@grpc/*', '@nats-io/*', 'ioredis', 'express', 'classic-level', '@kubernetes/*', 'pino', 'commander'];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/gen/**', '**/node_modules/**', '.nx/**', 'infra/**', '**/*.mjs', '**/*.js', '!eslint.config.js'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', {
        enforceBuildableLibDependency: false,
        allow: [],
        depConstraints: [
          ...LAYERS,
          ...['layer:model', 'layer:core'].map((sourceTag) => ({ sourceTag, bannedExternalImports: NO_TRANSPORT })),
        ],
      }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', prefer: 'type-imports' }],
      '@typescript-eslint/max-params': ['error', { max: 4 }], // three, and an options object,
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off', // `return print(…)` ends a branch plainly
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // A port may be asynchronous where one implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
    },
  },
  {
    files: PURE,
    ignores: TEST_CODE,
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'A pure library runs anywhere: take what you need as a port.' }] }],
      'no-restricted-syntax': ['error',
        { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'Time is a port: take a Clock.' },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time is a port: take a Clock.' },
        { selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: 'Randomness is a port: take it as a parameter.' },
      ],
      'no-restricted-globals': ['error', { name: 'setTimeout', message: 'Time is a port: take a Clock.' }, { name: 'setInterval', message: 'Time is a port: take a Clock.' }],
    },
  },
  {
    // Command line programs and the shop talk to a terminal.
    files: ['apps/ctl/src/**/*.ts', 'apps/dp-agent/src/**/*.ts', 'apps/demo/src/**/*.ts', 'apps/control-plane/src/**/*.ts', 'libs/envoy-binary/src/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // The layout that Kuma's users know sets fields that newer Envoys call deprecated and still honour.
    files: ['libs/envoy-builders/**/*.ts', 'libs/policy-plugins/**/*.ts'],
    rules: { '@typescript-eslint/no-deprecated': 'off' },
  },
  {
    files: TEST_CODE,
    rules: {
      // A test may use the testkit and the pieces it puts together.
      '@nx/enforce-module-boundaries': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/max-params': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
    },
  },
);
