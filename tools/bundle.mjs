// Bundles one app: `node tools/bundle.mjs apps/ctl` turns src/main.ts and what it imports into dist/main.js, so that a
// program starts from one file. Packages with native parts stay outside the bundle.
import { build } from 'esbuild';
import { join } from 'node:path';

const app = process.argv[2];
if (app === undefined) {
  console.error('usage: node tools/bundle.mjs apps/<name>');
  process.exit(2);
}

await build({
  entryPoints: [join(app, 'src', 'main.ts')],
  outfile: join(app, 'dist', 'main.js'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  legalComments: 'none',
  // The engine keeps the text for as long as the process lives, and in twice the bytes if any comment holds a letter beyond Latin-1.
  minifyWhitespace: true,
  lineLimit: 160,
  logLevel: 'error',
  external: ['classic-level'],
  // CommonJS packages inside an ES module bundle call require for Node's own modules.
  banner: { js: "import { createRequire as weftCreateRequire } from 'node:module'; const require = weftCreateRequire(import.meta.url);" },
});
