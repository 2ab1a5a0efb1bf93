import { watchSignals } from '@weft/service-runtime';
import { readConfig } from './read-config.ts';
import { startControlPlane } from './start-control-plane.ts';
import { startLines } from './start-lines.ts';

/** Flags of `weft-cp run`, as commander gives them. */
export interface RunFlags {
  readonly configFile?: string;
  readonly apps?: readonly string[];
  readonly store?: string;
  readonly bus?: string;
  readonly dpAuth?: string;
  readonly logLevel?: string;
  readonly workDir?: string;
  readonly set?: Readonly<Record<string, string>>;
}

const LINGER_MS = 3000;

/** Runs a control plane until a signal. Resolves after the shutdown; throws what keeps it from starting. */
export async function runCommand(flags: RunFlags): Promise<void> {
  const begun = performance.now();
  const { config, loaded } = readConfig({ env: process.env, flags: configFlags(flags), ...(flags.configFile === undefined ? {} : { configFile: flags.configFile }) });
  for (const warning of loaded.warnings) console.error(`Warning: ${warning}`);
  const signals = watchSignals();
  let cancelled = false;
  void signals.first.then(() => (cancelled = true));
  const starting = startControlPlane({ config, loaded, env: process.env, isCancelled: () => cancelled, ...(flags.apps === undefined ? {} : { apps: flags.apps }) });
  // A signal may come while an app still waits for another process.
  const plane = await Promise.race([starting, signals.first.then(() => undefined)]);
  if (plane === undefined) {
    endIfLingering(1);
    await (await starting).close();
    return;
  }
  void plane.ready.then(() => {
    if (!cancelled) console.log(startLines(plane, config, performance.now() - begun).join('\n'));
  });
  const signal = await signals.first;
  console.log(`${signal}: stopping; a second one stops at once.`);
  const clean = await plane.close();
  signals.stop();
  if (!clean) process.exitCode = 1;
  endIfLingering(process.exitCode === 1 ? 1 : 0);
}

/** Whatever still holds the process after its end is cut off. */
function endIfLingering(code: number): void {
  setTimeout(() => process.exit(code), LINGER_MS).unref();
}

function configFlags(flags: RunFlags): Readonly<Record<string, string>> {
  const named = {
    'store.type': flags.store, 'bus.type': flags.bus, 'dpServer.authn.dpProxy.type': flags.dpAuth, 'log.level': flags.logLevel, 'general.workDir': flags.workDir,
  };
  const given = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(given), ...flags.set };
}
