import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcessGuard, type ProcessGuard } from '@weft/dp-agent';
import { dataplane, meshResource, permissions, resourcePath, zoneProxy, type Resource } from '../shop/resources.ts';
import type { Endpoint } from '../shop/place.ts';
import { INBOUND_PORT, INSTANCES, MEMBERS, MESH, ZONE_PROXIES, type Instance, type Member, type ZoneProxy } from '../shop/topology.ts';
import { TrafficTable } from '../show/traffic-table.ts';
import { choosePlacement, type WantedRedirection } from './choose-placement.ts';
import { ControlPlanes } from './control-planes.ts';
import { EnvoyView } from './envoy-view.ts';
import type { Placement } from './placement.ts';
import { ProcessGroup, type ShopProcess } from './process-group.ts';
import { until } from './until.ts';
import { WorkloadProcess } from './workload-process.ts';

const AGENT = fileURLToPath(new URL('../../dp-agent/dist/main.js', import.meta.url));
/** Warnings that every Envoy and agent gives here. Certificates for the admin interface come when somebody asks for it (docs/adr/0019). */
const HARMLESS = /no configured limit|certificate is not verified|initial fetch timed out for type.googleapis.com\/envoy.extensions.transport_sockets.tls.v3.Secret/;
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

/** The processes of a member; a zone proxy has no app. */
interface RunningMember {
  readonly app: WorkloadProcess | undefined;
  readonly agent: ShopProcess;
}

/**
 * The whole shop: control planes, for each zone an ingress and an egress, and for each instance an app, an agent and an Envoy. Everything is below
 * one temporary folder.
 */
export class Shop {
  readonly dir: string;
  readonly placement: Placement;
  readonly controlPlanes: ControlPlanes;
  readonly traffic = new TrafficTable();
  readonly #options: ShopOptions;
  readonly #guard: ProcessGuard;
  readonly #processes: ProcessGroup;
  #closing: Promise<void> | undefined;
  readonly #tokens = new Map<string, string>();
  readonly #running = new Map<string, RunningMember>();

  /** Picks ports, a folder and places for the workloads. Nothing runs yet. */
  static async prepare(options: ShopOptions): Promise<Shop> {
    const placement = await choosePlacement(options.redirection);
    const dir = mkdtempSync(join(tmpdir(), 'weft-shop-'));
    const logs = options.logs ?? join(dir, 'logs');
    for (const folder of ['cp', 'dp', 'proxies']) mkdirSync(join(dir, folder), { mode: 0o700 });
    mkdirSync(logs, { recursive: true });
    const guard = startProcessGuard(dir);
    const processes = new ProcessGroup(logs, guard);
    return new Shop(options, { dir, placement, guard, processes, controlPlanes: await ControlPlanes.prepare(join(dir, 'cp'), processes) });
  }

  private constructor(options: ShopOptions, parts: { readonly dir: string; readonly placement: Placement; readonly guard: ProcessGuard; readonly processes: ProcessGroup; readonly controlPlanes: ControlPlanes }) {
    this.#options = options;
    this.dir = parts.dir;
    this.placement = parts.placement;
    this.controlPlanes = parts.controlPlanes;
    this.#guard = parts.guard;
    this.#processes = parts.processes;
    writeFileSync(this.ctlConfig, JSON.stringify({
      controlPlanes: this.controlPlanes.all.map(({ name, ports }) => ({ name, coordinates: { apiServer: { url: `http://127.0.0.1:${ports.api}` } } })),
      contexts: this.controlPlanes.all.map(({ name }) => ({ name, controlPlane: name })),
      currentContext: 'global',
    }));
  }

  /** Configuration file with which weftctl speaks to this shop's control planes, the global one first. */
  get ctlConfig(): string {
    return join(this.dir, 'ctl.yaml');
  }

  /** Makes the mesh and its permissions, at the global control plane. */
  async applyResources(): Promise<void> {
    for (const resource of [meshResource(this.#options.leafLifetime), ...permissions()]) await this.apply(resource);
  }

  async apply(resource: Resource): Promise<void> {
    await this.controlPlanes.global.api.put(resourcePath(resource), resource);
  }

  /** Waits until the control planes of all zones have what was applied at the global one. */
  async zonesInStep(): Promise<void> {
    for (const { name, api } of this.controlPlanes.all) {
      await until(`${name} has the mesh and its permissions`, READY_TIME_MS, async () => {
        if ((await api.find(`/meshes/${MESH}`)) === undefined) return false;
        return (await api.list(`/meshes/${MESH}/meshtrafficpermissions`)).items.length >= permissions().length;
      });
    }
  }

  /** Starts app, agent and Envoy of an instance. Resolves when the app listens; Envoy may still be starting. */
  async startInstance(instance: Instance): Promise<void> {
    const app = new WorkloadProcess(instance, this.placement, this.#processes, (calls) => this.traffic.add(instance.workload, calls));
    const token = await this.#tokenOf(instance, () => this.controlPlanes.global.api.issueToken('dataplane', { name: instance.name, mesh: MESH, validFor: '24h' }));
    await app.listening;
    this.#startAgent(instance, { app, token, resource: dataplane(instance, this.placement.place(instance)), flags: this.placement.agentFlags });
  }

  /** Starts agent and Envoy of a zone proxy. Resolves when its process runs. */
  async startZoneProxy(proxy: ZoneProxy): Promise<void> {
    const token = await this.#tokenOf(proxy, () => this.controlPlanes.global.api.issueToken('zone', { zone: proxy.zone, scope: [proxy.kind], validFor: '24h' }));
    this.#startAgent(proxy, { app: undefined, token, resource: zoneProxy(proxy, this.placement.place(proxy)), flags: ['--proxy-type', proxy.kind] });
  }

  /** A member that starts again has its token: it needs no global control plane for that. */
  async #tokenOf({ name }: Member, issue: () => Promise<string>): Promise<string> {
    const token = this.#tokens.get(name) ?? await issue();
    this.#tokens.set(name, token);
    return token;
  }

  #startAgent(member: Member, { app, token, resource, flags }: { readonly app: WorkloadProcess | undefined; readonly token: string; readonly resource: Resource; readonly flags: readonly string[] }): void {
    const files = join(this.dir, 'proxies', member.name);
    writeFileSync(`${files}.token`, token, { mode: 0o600 });
    writeFileSync(`${files}.json`, JSON.stringify(resource, null, 2));
    mkdirSync(this.#workDir(member), { recursive: true, mode: 0o700 });
    this.placement.giveToAgent(this.#workDir(member));
    const agent = this.#processes.start({
      name: `dp-${member.name}`,
      args: [AGENT, 'run', '--cp-address', this.controlPlanes.of(member).dpServer(this.placement.controlPlaneHost), '--skip-verify', '--dataplane-file', `${files}.json`, '--dataplane-token-file', `${files}.token`,
        '--binary-path', this.#options.envoyPath, '--work-dir', this.#workDir(member), '--concurrency', '1', '--drain-time', '0s', '--envoy-log-level', 'warning', ...flags],
      inside: (args) => this.placement.command(member, 'agent', args),
    });
    this.#running.set(member.name, { app, agent });
  }

  /** Waits until the Envoys of all members have their configuration. */
  async envoysReady(members: readonly Member[] = MEMBERS): Promise<void> {
    for (const member of members) {
      await until(`the Envoy of ${member.name} is ready (its log is ${this.#processes.logFile(`dp-${member.name}`)})`, READY_TIME_MS, () => this.envoy(member).isReady());
    }
  }

  app(instance: Instance): WorkloadProcess {
    const app = this.#running.get(instance.name)?.app;
    if (app === undefined) throw new Error(`${instance.name} does not run`);
    return app;
  }

  envoy(member: Member): EnvoyView {
    return new EnvoyView(join(this.#workDir(member), 'kuma-envoy-admin.sock'));
  }

  /** Where a member takes calls of others. */
  inbound(member: Member): Endpoint {
    return { host: this.placement.place(member).address, port: INBOUND_PORT };
  }

  /** Kills app and agent of a member; its Envoy goes with the agent. */
  async kill(member: Member): Promise<void> {
    const running = this.#running.get(member.name);
    this.#running.delete(member.name);
    const processes = [running?.app?.process, running?.agent].filter((one) => one !== undefined);
    for (const { child } of processes) child.kill('SIGKILL');
    await Promise.all(processes.map(({ ended }) => ended));
  }

  /** Starts a member again, and waits until its Envoy has its configuration. */
  async restart(member: Member): Promise<void> {
    const instance = INSTANCES.find(({ name }) => name === member.name);
    const proxy = ZONE_PROXIES.find(({ name }) => name === member.name);
    if (instance !== undefined) await this.startInstance(instance);
    if (proxy !== undefined) await this.startZoneProxy(proxy);
    await this.envoysReady([member]);
  }

  /** Last lines of every log that holds a warning or an error, for a report of what went wrong. */
  troubles(): string {
    const names = [...this.controlPlanes.all.map(({ log }) => log), ...MEMBERS.flatMap(({ name }) => [`app-${name}`, `dp-${name}`])];
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

  #workDir({ name }: Member): string {
    return join(this.dir, 'dp', name);
  }
}

function tailOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
