// Bundles one app: `node tools/bundle.mjs apps/ctl` turns src/main.ts into dist/main.js. Workspace packages go into the
// bundle; packages from node_modules stay outside it.
import { build } from 'esbuild';
import { join } from 'node:path';

const app = process.argv[2];
if (app === undefined) {
  console.error('usage: node tools/bundle.mjs apps/<name>');
  process.exit(2);
}

const outsideStaysOutside = {
  name: 'outside-stays-outside',
  setup(bundle) {
    bundle.onResolve({ filter: /^[^./]/ }, ({ path }) => (path.startsWith('@weft/') ? undefined : { path, external: true }));
  },
};

await build({
  entryPoints: [join(app, 'src', 'main.ts')],
  outfile: join(app, 'dist', 'main.js'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [outsideStaysOutside],
});
