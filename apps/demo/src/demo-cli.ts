import { Command, Option } from 'commander';
import { ensureEnvoy } from '@weft/envoy-binary';
import { MeshError } from '@weft/kernel';
import type { WantedRedirection } from './platform/choose-placement.ts';
import type { ControlPlane } from './platform/control-plane.ts';
import type { Shop } from './platform/shop.ts';
import { runInUserNamespace, userNamespaceIsPermitted } from './platform/user-namespace.ts';
import type { AppNetwork } from './shop/place.ts';
import { LiveView } from './show/live-view.ts';
import { startShop } from './show/start-shop.ts';
import { StepList } from './show/step-list.ts';
import { VERIFY_LEAF_LIFETIME, verifyShop } from './verify/verify-shop.ts';
import { runWorkload } from './workloads/run-workload.ts';

const RESTART_AFTER_MS = 3000;

interface DemoFlags {
  readonly verify?: boolean;
  readonly ensureEnvoy?: boolean;
  readonly logs?: string;
  readonly redirection: WantedRedirection;
}

/** The command line of the demo. */
export function demoCommand(): Command {
  const program = new Command('npm start --')
    .description('Runs a small shop on a mesh of its own over two zones: a global control plane, one for each zone, and for each workload an agent and a real Envoy.')
    .option('--verify', 'check everything by traffic and certificates, print one line of JSON, and exit 0 or 1')
    .option('--logs <folder>', 'keep the logs of all processes in this folder')
    .addOption(new Option('--redirection <way>', 'how apps reach their Envoys: redirected, in network namespaces (needs root or user namespaces), or by explicit outbounds').choices(['auto', 'namespaces', 'explicit']).default('auto').env('WEFT_DEMO_REDIRECTION'))
    .option('--ensure-envoy', 'only find or fetch Envoy, and say which')
    .action((flags: DemoFlags) => run(flags));
  program.command('workload <instance> <network>', { hidden: true }).action((instance: string, network: string) => runWorkload(instance, JSON.parse(network) as AppNetwork));
  return program;
}

async function run(flags: DemoFlags): Promise<void> {
  if (flags.ensureEnvoy === true) {
    const envoy = await ensureEnvoy().catch((error: unknown) => { console.error(MeshError.from(error).message); process.exit(1); });
    console.log(`${envoy.version} from ${envoy.source} (${envoy.path})`);
    return;
  }
  if (flags.redirection !== 'explicit' && process.getuid?.() !== 0 && (await userNamespaceIsPermitted())) process.exit(await runInUserNamespace());
  let shop: Shop | undefined;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= shop?.close() ?? Promise.resolve());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (closing === undefined) console.log('\nStopping everything …');
      void close().then(() => { console.log('Nothing is left behind.'); process.exit(0); });
    });
  }
  // Whoever reads the output is gone: nothing is left to show.
  process.stdout.on('error', () => { void close().then(() => process.exit(1)); });
  const code = await runShop(flags, (started) => { shop = started; }).catch((error: unknown) => {
    if (closing === undefined) console.error(`\n${MeshError.from(error).message}\n${shop?.troubles() ?? ''}`);
    return 1;
  });
  await close();
  process.exit(code);
}

async function runShop(flags: DemoFlags, onShop: (shop: Shop) => void): Promise<number> {
  const steps = new StepList((text) => process.stdout.write(text));
  const verify = flags.verify === true;
  const shop = await startShop(steps, { leafLifetime: verify ? VERIFY_LEAF_LIFETIME : '1h', logs: flags.logs, redirection: flags.redirection, onShop });
  console.log(`  Traffic flows ${steps.elapsed} after the start.`);
  if (!verify) return showUntilStopped(shop);
  const list = await verifyShop(shop, (line) => console.log(line));
  if (list.failed > 0) console.log(shop.troubles());
  await shop.close();
  console.log(list.summary({ elapsed: steps.elapsed, redirection: shop.placement.redirection, reason: shop.placement.reason }));
  return list.failed === 0 ? 0 : 1;
}

/** Shows the table, and starts a control plane again whenever it ends. Does not resolve: a signal ends it. */
async function showUntilStopped(shop: Shop): Promise<number> {
  const view = new LiveView(shop, process.stdout);
  view.start();
  await Promise.all(shop.controlPlanes.all.map((controlPlane) => keepRunning(controlPlane, shop, view)));
  return new Promise(() => undefined);
}

/** Resolves when the shop closes. */
async function keepRunning(controlPlane: ControlPlane, shop: Shop, view: LiveView): Promise<void> {
  for (;;) {
    const how = await controlPlane.ended;
    if (shop.isClosing()) return;
    view.note(`The control plane ${controlPlane.name} ${how}; traffic goes on. It starts again in ${RESTART_AFTER_MS / 1000} s.`);
    await new Promise((resolve) => { setTimeout(resolve, RESTART_AFTER_MS); });
    if (shop.isClosing()) return;
    await controlPlane.start();
    view.note(`The control plane ${controlPlane.name} is back.`);
  }
}
