import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { startProcessGuard } from '@weft/dp-agent';

const run = promisify(execFile);
const INSIDE = 'WEFT_DEMO_USER_NAMESPACE';
const UNSHARE = ['--user', '--map-root-user', '--map-auto', '--net', '--mount'];
/** Gives the namespace a /run and an /etc of its own, which making network namespaces writes to, and runs its arguments. */
const PREPARE = `mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/netns /run/etc && { cp -a /etc/. /run/etc 2>/dev/null; mount --bind /run/etc /etc; } && ip link set lo up && exec "$@"`;
/** What the shop will do there: join namespaces by links, and run as another user. */
const TRIAL = 'ip netns add trial && ip -n trial link add trial0 type veth peer name trial1 && ip netns exec trial setpriv --reuid=5678 --regid=5678 --clear-groups true';

/** True in a shop that {@link runInUserNamespace} started. */
export function isInUserNamespace(): boolean {
  return process.env[INSIDE] !== undefined;
}

/** Whether someone other than root may have a user namespace in which to be root, with enough user ids for apps and agents. Never rejects. */
export async function userNamespaceIsPermitted(): Promise<boolean> {
  return run('unshare', [...UNSHARE, 'sh', '-c', PREPARE, 'sh', 'sh', '-c', TRIAL]).then(() => true, () => false);
}

/** Runs this program once more, as root of a user namespace with a network of its own. Resolves to its exit code. Should this process be killed, that one is too. */
export function runInUserNamespace(): Promise<number> {
  const child = spawn('unshare', [...UNSHARE, 'sh', '-c', PREPARE, 'sh', process.execPath, ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
  const guard = startProcessGuard(undefined);
  guard.watch(child.pid);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    const end = (code: number): void => {
      guard.release();
      resolve(code);
    };
    child.on('error', () => end(1));
    child.on('exit', (code) => end(code ?? 1));
  });
}

/** Start of a command line that leads into the namespace of this process from a terminal outside. */
export function wayIntoUserNamespace(): readonly string[] {
  return ['nsenter', '--preserve-credentials', '--user', '--net', '--mount', `--wd=${process.cwd()}`, `--target=${process.pid}`];
}
