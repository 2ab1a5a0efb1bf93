import { CutLink } from './cut-link.ts';
import { freePorts, TestMesh, until, type MtlsMode } from './test-mesh.ts';

/** How {@link TestZones} start. */
export interface TestZonesOptions {
  /** Names of the zones. */
  readonly zones: readonly string[];
  /** Of mesh `default`. Default: STRICT. */
  readonly mtls?: MtlsMode;
  /** Further settings, as environment variables. */
  readonly env?: { readonly global?: Readonly<Record<string, string>>; readonly zone?: Readonly<Record<string, string>> };
}

/** A zone, and its link to the global control plane, which a test may cut. */
export interface TestZone {
  readonly name: string;
  readonly plane: TestMesh;
  readonly link: CutLink;
}

/** Settings of a zone whose global control plane is reached at a port of loopback. A link that is cut is made anew within a second. */
export function zoneEnv(name: string, globalPort: number): Readonly<Record<string, string>> {
  return {
    WEFT_MODE: 'zone', WEFT_MULTIZONE_ZONE_NAME: name, WEFT_MULTIZONE_ZONE_GLOBAL_ADDRESS: `grpcs://127.0.0.1:${globalPort}`,
    WEFT_MULTIZONE_ZONE_KDS_TLS_SKIP_VERIFY: 'true', WEFT_MULTIZONE_ZONE_KDS_RETRY_BACKOFF: '100ms', WEFT_MULTIZONE_ZONE_KDS_NACK_BACKOFF: '200ms',
  };
}

/** A global control plane and zones, each a process with a store of its own, on free ports of loopback; a TCP link of the test between them. */
export class TestZones {
  readonly global: TestMesh;
  readonly kdsPort: number;
  readonly #zones = new Map<string, TestZone>();
  readonly #env: Readonly<Record<string, string>>;

  private constructor(global: TestMesh, kdsPort: number, env: Readonly<Record<string, string>>) {
    this.global = global;
    this.kdsPort = kdsPort;
    this.#env = env;
  }

  static async start({ zones, mtls = 'STRICT', env = {} }: TestZonesOptions): Promise<TestZones> {
    const [kdsPort = 0] = await freePorts(1);
    const global = await TestMesh.start({ mtls, env: { WEFT_MODE: 'global', WEFT_MULTIZONE_GLOBAL_KDS_INTERFACE: '127.0.0.1', WEFT_MULTIZONE_GLOBAL_KDS_GRPC_PORT: String(kdsPort), WEFT_MULTIZONE_GLOBAL_KDS_NACK_BACKOFF: '200ms', ...env.global } });
    const started = new TestZones(global, kdsPort, env.zone ?? {});
    try {
      await Promise.all(zones.map(async (name) => started.synced(await started.add(name))));
    } catch (caught) {
      await started.close();
      throw caught;
    }
    return started;
  }

  /** Starts another zone. `env`: settings of its own. */
  async add(name: string, env: Readonly<Record<string, string>> = {}): Promise<TestZone> {
    if (this.#zones.has(name)) throw new Error(`there is a zone ${name} already`);
    const link = await CutLink.start(() => this.kdsPort);
    const plane = await TestMesh.start({
      mtls: 'elsewhere',
      env: { ...zoneEnv(name, link.port), ...this.#env, ...env },
    });
    const zone = { name, plane, link };
    this.#zones.set(name, zone);
    return zone;
  }

  /** Waits until a zone has the mesh of the global control plane, and the key that signs tokens for its dataplanes. */
  async synced({ name, plane }: TestZone): Promise<void> {
    await until(`zone ${name} has the mesh`, () => plane.api.issueToken('dataplane', { mesh: 'default', name: 'any', validFor: '1m' }).then(() => true, () => false)).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n— the zone\n${plane.planeOutput.slice(-3000)}\n— the global control plane\n${this.global.planeOutput.slice(-3000)}`);
    });
  }

  zone(name: string): TestZone {
    const zone = this.#zones.get(name);
    if (zone === undefined) throw new Error(`no zone ${name}`);
    return zone;
  }

  /** What the control planes said last, for messages. */
  get output(): string {
    return [this.global, ...[...this.#zones.values()].map(({ plane }) => plane)].map(({ planeOutput }) => planeOutput.slice(-6000)).join('\n=====\n');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#zones.values()].map(async ({ plane, link }) => {
      await plane.close();
      await link.close();
    }));
    await this.global.close();
  }
}
