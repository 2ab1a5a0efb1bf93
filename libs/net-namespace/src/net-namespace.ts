import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** Addresses of one end of a link; undefined where it has none of that family. */
export interface Addresses {
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
}

/** How a namespace is made. */
export interface NamespaceOptions {
  /** Which addresses its link gets. Default: both. */
  readonly families?: readonly ('ipv4' | 'ipv6')[];
  /** Files that its processes see in /etc in place of the machine's, by name, for example `resolv.conf`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** As whom a command runs. */
export interface RunAs {
  /** User and group id. */
  readonly uid: number;
  /** Whether it may read every file nevertheless, as root may: for programs that stand in somebody's home. */
  readonly readsAll?: boolean;
}

/** What came of a command. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A network namespace in a {@link NamespaceNetwork}: a machine of its own, as far as the network goes. */
export class NetNamespace {
  /** As `ip netns` lists it. */
  readonly name: string;
  readonly addresses: Addresses;

  constructor(name: string, addresses: Addresses) {
    this.name = name;
    this.addresses = addresses;
  }

  /** The command line that runs another one inside: program first. */
  command(args: readonly string[], as?: RunAs): readonly string[] {
    const identity = as === undefined ? [] : ['setpriv', `--reuid=${as.uid}`, `--regid=${as.uid}`, '--clear-groups'];
    // The secure bit makes access(2) honour the capability as open(2) does.
    const capability = as?.readsAll === true ? ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'] : [];
    return ['ip', 'netns', 'exec', this.name, ...identity, ...capability, ...args];
  }

  /** Starts a command inside. */
  spawn(args: readonly string[], options: SpawnOptions & { readonly as?: RunAs } = {}): ChildProcess {
    const { as, ...rest } = options;
    const [program = '', ...others] = this.command(args, as);
    return spawn(program, others, rest);
  }

  /** Runs a command inside to its end. Rejects only when it cannot be started. */
  async run(args: readonly string[], options: { readonly as?: RunAs; readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {}): Promise<CommandResult> {
    const { input, ...rest } = options;
    const child = this.spawn(args, { ...rest, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [code, stdout, stderr] = await Promise.all([ended, child.stdout === null ? '' : text(child.stdout), child.stderr === null ? '' : text(child.stderr)]);
    return { code, stdout, stderr };
  }
}
