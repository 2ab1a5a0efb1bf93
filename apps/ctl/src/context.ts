import { readFileSync } from 'node:fs';
import { ApiClient } from '@weft/api-client';
import { currentControlPlane, loadCliConfig, LOCAL_CONFIG, defaultConfigPath, type CliConfig, type ControlPlaneEntry } from './cli-config.ts';
import { VERSION } from './version.ts';
import type { Terminal } from './terminal.ts';

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly configFile?: string;
  readonly context?: string;
  readonly apiTimeout: number;
  /** False where `--no-config` was given. */
  readonly config: boolean;
}

/** What a command works with: its terminal, the configuration, and a client of the chosen control plane. */
export class CliContext {
  readonly terminal: Terminal;
  readonly #flags: GlobalFlags;
  #client: ApiClient | undefined;

  constructor(terminal: Terminal, flags: GlobalFlags) {
    this.terminal = terminal;
    this.#flags = flags;
  }

  get configPath(): string {
    return this.#flags.configFile ?? this.terminal.env['WEFTCTL_CONFIG'] ?? defaultConfigPath();
  }

  loadConfig(): CliConfig {
    return this.#flags.config ? loadCliConfig(this.configPath) : LOCAL_CONFIG;
  }

  /** Client of the current control plane, made once. */
  client(): ApiClient {
    return (this.#client ??= clientOf(currentControlPlane(this.loadConfig(), this.#flags.context), this.#flags.apiTimeout));
  }

  print(text: string): void {
    this.terminal.stdout.write(text);
  }

  warn(text: string): void {
    this.terminal.stderr.write(`${text}\n`);
  }

  /** Says on standard error when client and server differ in version or product, as kumactl does; never fails. */
  async checkVersion(): Promise<void> {
    try {
      const index = await this.client().index();
      if (index['product'] !== 'Kuma') this.warn(`WARNING: the server at ${this.client().url} is no Weft or Kuma control plane`);
    } catch (error) {
      this.warn(`WARNING: Failed to retrieve server version, can't check compatibility: ${(error as Error).message}`);
    }
  }
}

/** A client for one entry of the configuration. */
export function clientOf(entry: ControlPlaneEntry, timeoutMs: number): ApiClient {
  const { url, caCertFile, clientCertFile, clientKeyFile, headers, authConf, skipVerify } = entry.coordinates.apiServer;
  const pem = (path: string | undefined): string | undefined => (path === undefined || path === '' ? undefined : readFileSync(path, 'utf8'));
  const [caPem, clientCertPem, clientKeyPem] = [pem(caCertFile), pem(clientCertFile), pem(clientKeyFile)];
  return new ApiClient({
    url,
    timeoutMs,
    userAgent: `weftctl/${VERSION}`,
    ...(authConf?.token !== undefined && { token: authConf.token }),
    ...(caPem !== undefined && { caPem }),
    ...(clientCertPem !== undefined && { clientCertPem }),
    ...(clientKeyPem !== undefined && { clientKeyPem }),
    ...(skipVerify !== undefined && { skipVerify }),
    ...(headers !== undefined && { headers: Object.fromEntries(headers.map(({ key, value }) => [key, value])) }),
  });
}

/** How a command group makes the context of the command that runs: global flags are known only then. */
export type ContextMaker = () => CliContext;
