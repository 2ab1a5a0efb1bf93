import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ZONES, type Member, type Zone } from '../shop/topology.ts';
import { ControlPlane } from './control-plane.ts';
import { chooseControlPlanePorts } from './ports.ts';
import type { ProcessGroup } from './process-group.ts';

/** Ports of a zone's control plane are this much above those of the one before it. */
const PORT_STEP = 10;

/** The shop's control planes: one for each zone, and the global one above them. */
export class ControlPlanes {
  readonly global: ControlPlane;
  readonly #zones: ReadonlyMap<Zone, ControlPlane>;

  /** Picks ports and makes folders inside `dir`. Nothing runs yet. */
  static async prepare(dir: string, processes: ProcessGroup): Promise<ControlPlanes> {
    const make = async (name: 'global' | Zone, at: number, globalPort = 0): Promise<ControlPlane> => {
      const workDir = join(dir, name);
      mkdirSync(workDir, { mode: 0o700 });
      return new ControlPlane({ role: name === 'global' ? { name } : { name, globalPort }, workDir, ports: await chooseControlPlanePorts(at * PORT_STEP) }, processes);
    };
    const global = await make('global', 0);
    const zones = new Map<Zone, ControlPlane>();
    for (const [at, zone] of ZONES.entries()) zones.set(zone, await make(zone, at + 1, global.ports.kds));
    return new ControlPlanes(global, zones);
  }

  private constructor(global: ControlPlane, zones: ReadonlyMap<Zone, ControlPlane>) {
    this.global = global;
    this.#zones = zones;
  }

  /** All of them, the global one first. */
  get all(): readonly ControlPlane[] {
    return [this.global, ...this.#zones.values()];
  }

  /** That of a member's zone. */
  of({ zone }: Pick<Member, 'zone'>): ControlPlane {
    const found = this.#zones.get(zone);
    if (found === undefined) throw new Error(`there is no control plane of ${zone}`);
    return found;
  }
}
