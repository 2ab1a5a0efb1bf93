// Brings a fresh clone to the point where things run: packages, generated code, bundles. Each part is skipped when it is current.
import { existsSync, readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quiet, step } from './steps.mjs';

/** Root folder of the workspace. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Nx without its background process and without looking anything up outside. */
export const nxEnv = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_ISOLATE_PLUGINS: 'false', NX_TUI: 'false' };

/** Installs packages if the lock file changed since the last time. */
async function installPackages() {
  const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  const stamp = join(root, 'node_modules', '.weft-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return 'up to date';
  await quiet('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
  return 'installed';
}

/** Generates and bundles what changed. */
async function buildAll() {
  await quiet(join(root, 'node_modules', '.bin', 'nx'), ['run-many', '-t', 'generate', 'build', '--outputStyle=static'], { cwd: root, env: nxEnv });
}

/** Everything that must be there before anything can run. */
export async function prepare() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    console.error(`Weft needs Node 20 or newer; this is ${process.version}. Install a newer Node and run the same command again.`);
    process.exit(1);
  }
  await step('Packages (npm ci)', installPackages);
  await step('Generated code and bundles', buildAll);
}
