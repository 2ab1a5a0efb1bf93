import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcessGuard, type ProcessGuard } from '@weft/dp-agent';
import { dataplane, meshResource, permissions, resourcePath, type Resource } from '../shop/resources.ts';
import type { Endpoint } from '../shop/place.ts';
import { INBOUND_PORT, INSTANCES, MESH, type Instance } from '../shop/topology.ts';
import { TrafficTable } from '../show/traffic-table.ts';
import { choosePlacement, type WantedRedirection } from './choose-placement.ts';
import { ControlPlane } from './control-plane.ts';
import { EnvoyView } from './envoy-view.ts';
import type { Placement } from './placement.ts';
import { chooseControlPlanePorts, type ControlPlanePorts } from './ports.ts';
import { ProcessGroup, type ShopProcess } from './process-group.ts';
import { until } from './until.ts';
import { WorkloadProcess } from './workload-process.ts';

const AGENT = fileURLToPath(new URL('../../dp-agent/dist/main.js', import.meta.url));
/** Warnings that every Envoy and agent gives here. */
const HARMLESS = /no configured limit|certificate is not verified/;
const READY_TIME_MS = 60_000;

/** How to run the shop. */
export interface ShopOptions {
  readonly envoyPath: string;
  /** Lifetime of leaf certificates, such as `1h`. */
  readonly leafLifetime: string;
  /** Folder for the logs of all processes; undefined: inside the temporary folder, gone at the end. */
  readonly logs: string | undefined;
  readonly redirection: WantedRedirection;
}

interface RunningInstance {
  readonly app: WorkloadProcess;
  readonly agent: ShopProcess;
}

/** The whole shop: control plane, and for each instance an app, an agent and an Envoy. Everything is below one temporary folder. */
export class Shop {
  readonly dir: string;
  readonly placement: Placement;
  readonly ports: ControlPlanePorts;
  readonly controlPlane: ControlPlane;
  readonly traffic = new TrafficTable();
  readonly #options: ShopOptions;
  readonly #guard: ProcessGuard;
  readonly #processes: ProcessGroup;
  #closing: Promise<void> | undefined;
  readonly #running = new Map<string, RunningInstance>();

  /** Picks ports, a folder and places for the workloads. Nothing runs yet. */
  static async prepare(options: ShopOptions): Promise<Shop> {
    return new Shop(options, await chooseControlPlanePorts(), await choosePlacement(options.redirection));
  }

  private constructor(options: ShopOptions, ports: ControlPlanePorts, placement: Placement) {
    this.#options = options;
    this.ports = ports;
    this.placement = placement;
    this.dir = mkdtempSync(join(tmpdir(), 'weft-shop-'));
    for (const folder of ['cp', 'dp', 'dataplanes']) mkdirSync(join(this.dir, folder), { mode: 0o700 });
    mkdirSync(this.logs, { recursive: true });
    writeFileSync(this.ctlConfig, JSON.stringify({
      controlPlanes: [{ name: 'shop', coordinates: { apiServer: { url: `http://127.0.0.1:${ports.api}` } } }],
      contexts: [{ name: 'shop', controlPlane: 'shop' }],
      currentContext: 'shop',
    }));
    this.#guard = startProcessGuard(this.dir);
    this.#processes = new ProcessGroup(this.logs, this.#guard);
    this.controlPlane = new ControlPlane({ workDir: join(this.dir, 'cp'), ports }, this.#processes);
  }

  get logs(): string {
    return this.#options.logs ?? join(this.dir, 'logs');
  }

  /** Configuration file with which weftctl speaks to this shop's control plane. */
  get ctlConfig(): string {
    return join(this.dir, 'ctl.yaml');
  }

  /** Makes the mesh and its permissions. */
  async applyResources(): Promise<void> {
    for (const resource of [meshResource(this.#options.leafLifetime), ...permissions()]) await this.apply(resource);
  }

  async apply(resource: Resource): Promise<void> {
    await this.controlPlane.api.put(resourcePath(resource), resource);
  }

  /** Starts app, agent and Envoy of an instance. Resolves when the app listens; Envoy may still be starting. */
  async startInstance(instance: Instance): Promise<void> {
    const app = new WorkloadProcess(instance, this.placement, this.#processes, (calls) => this.traffic.add(instance.workload, calls));
    const token = await this.controlPlane.api.issueToken('dataplane', { name: instance.name, mesh: MESH, validFor: '24h' });
    const files = join(this.dir, 'dataplanes', instance.name);
    writeFileSync(`${files}.token`, token, { mode: 0o600 });
    writeFileSync(`${files}.json`, JSON.stringify(dataplane(instance, this.placement.place(instance)), null, 2));
    await app.listening;
    mkdirSync(this.#workDir(instance), { recursive: true, mode: 0o700 });
    this.placement.giveToAgent(this.#workDir(instance));
    const agent = this.#processes.start({
      name: `dp-${instance.name}`,
      args: [AGENT, 'run', '--cp-address', this.controlPlane.dpServer(this.placement.controlPlaneHost), '--skip-verify', '--dataplane-file', `${files}.json`, '--dataplane-token-file', `${files}.token`,
        '--binary-path', this.#options.envoyPath, '--work-dir', this.#workDir(instance), '--concurrency', '1', '--drain-time', '0s', '--envoy-log-level', 'warning', ...this.placement.agentFlags],
      inside: (args) => this.placement.command(instance, 'agent', args),
    });
    this.#running.set(instance.name, { app, agent });
  }

  /** Waits until the Envoys of all instances have their configuration. */
  async envoysReady(instances: readonly Instance[] = INSTANCES): Promise<void> {
    for (const instance of instances) {
      await until(`the Envoy of ${instance.name} is ready (its log is ${this.#processes.logFile(`dp-${instance.name}`)})`, READY_TIME_MS, () => this.envoy(instance).isReady());
    }
  }

  app(instance: Instance): WorkloadProcess {
    const running = this.#running.get(instance.name);
    if (running === undefined) throw new Error(`${instance.name} does not run`);
    return running.app;
  }

  envoy(instance: Instance): EnvoyView {
    return new EnvoyView(join(this.#workDir(instance), 'kuma-envoy-admin.sock'));
  }

  /** Where an instance takes calls of other members of the mesh. */
  inbound(instance: Instance): Endpoint {
    return { host: this.placement.place(instance).address, port: INBOUND_PORT };
  }

  /** Kills app and agent of an instance; its Envoy goes with the agent. */
  async killInstance(instance: Instance): Promise<void> {
    const running = this.#running.get(instance.name);
    this.#running.delete(instance.name);
    for (const { child } of running === undefined ? [] : [running.app.process, running.agent]) child.kill('SIGKILL');
    await Promise.all(running === undefined ? [] : [running.app.process.ended, running.agent.ended]);
  }

  /** Last lines of every log that holds a warning or an error, for a report of what went wrong. */
  troubles(): string {
    const names = ['control-plane', ...INSTANCES.flatMap(({ name }) => [`app-${name}`, `dp-${name}`])];
    const bad = (line: string): boolean => /error|warn|critical|fail/i.test(line) && !HARMLESS.test(line);
    const lines = names.map((name) => [name, tailOf(() => this.#processes.tail(name, 200)).split('\n').filter(bad).slice(-8)] as const);
    return lines.filter(([, found]) => found.length > 0).map(([name, found]) => `--- ${name}\n${found.join('\n')}`).join('\n');
  }

  /** True once {@link close} was called. */
  isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Stops every process and removes every file. Called again, it waits for the same. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#processes.close();
    await this.#processes.stop(({ name }) => name.startsWith('dp-'), 5000);
    await this.#processes.stop(() => true, 5000);
    await this.placement.close();
    this.#guard.release();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #workDir(instance: Instance): string {
    return join(this.dir, 'dp', instance.name);
  }
}

function tailOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
