import { randomBytes } from 'node:crypto';
import { createMemoryBus } from '@weft/bus-memory';
import { AesGcmSecretBox } from '@weft/key-store-file';
import { weftRegistry } from '@weft/policy-model';
import { systemClock, type RunningApp } from '@weft/service-runtime';
import { silentLogger } from '@weft/service-runtime/testing';
import { createMemoryStore } from '@weft/store-memory';
import type { GlobalStoreConfig } from '../config.ts';
import { startGlobalStore, type GlobalStorePorts } from '../start-global-store.ts';

const ADMIN = { users: ['mesh-system:admin'], groups: ['mesh-system:admin'] };
const EVERYBODY = { users: [], groups: ['mesh-system:unauthenticated', 'mesh-system:authenticated'] };

/** The defaults of the reference, on a free port of loopback, without HTTPS. */
export const TEST_CONFIG: GlobalStoreConfig = {
  mode: 'zone',
  environment: 'universal',
  general: { workDir: '', tlsCertFile: '', tlsKeyFile: '' },
  store: { type: 'memory' },
  apiServer: {
    readOnly: false,
    http: { enabled: true, interface: '127.0.0.1', port: 0 },
    https: { enabled: false, interface: '127.0.0.1', port: 0, tlsCertFile: '', tlsKeyFile: '' },
    authn: { localhostIsAdmin: true, tokens: { bootstrapAdminToken: true, enableIssuer: true } },
    gui: { enabled: true, basePath: '/gui' },
    readHeaderTimeout: 1000,
    readTimeout: 10_000,
    writeTimeout: 30_000,
    idleTimeout: 120_000,
  },
  dpServer: { authn: { dpProxy: { dpToken: { enableIssuer: true } }, zoneProxy: { zoneToken: { enableIssuer: true } } } },
  access: {
    static: {
      adminResources: ADMIN,
      generateDpToken: ADMIN,
      generateZoneToken: ADMIN,
      generateUserToken: ADMIN,
      controlPlaneMetadata: EVERYBODY,
      viewConfigDump: EVERYBODY,
      viewStats: EVERYBODY,
      viewClusters: EVERYBODY,
    },
  },
  defaults: { skipMeshCreation: false },
  meshService: { deletionGracePeriod: 3_600_000 },
  runtime: { universal: { dataplaneCleanupAge: 259_200_000, zoneResourceCleanupAge: 259_200_000 } },
  multizone: { global: { kds: { zoneHealthCheck: { timeout: 0 } } }, zone: { name: 'default', globalAddress: '' } },
};

/** A running global-store on memory ports. */
export interface TestStore {
  readonly app: RunningApp;
  readonly ports: GlobalStorePorts;
  /** Base URL of the HTTP API. */
  readonly url: string;
  /** One request; JSON bodies are given as data, others as text with their content type. */
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<TestAnswer>;
}

/** Settings of one request. */
export interface CallOptions {
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer; `json` is undefined where the body is none. */
export interface TestAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/** Starts global-store for a test; close `app` at its end. */
export async function startForTest(overrides: Partial<GlobalStorePorts> = {}): Promise<TestStore> {
  const clock = overrides.clock ?? systemClock;
  const ports: GlobalStorePorts = {
    config: TEST_CONFIG,
    bus: createMemoryBus({ clock }),
    store: createMemoryStore({ clock }),
    clock,
    log: silentLogger,
    instance: 'cp-1',
    registry: weftRegistry,
    secretBox: new AesGcmSecretBox(randomBytes(32)),
    ...overrides,
  };
  const app = await startGlobalStore(ports);
  const url = `http://${app.addresses['http'] ?? ''}`;
  return { app, ports, url, call: (method, path, options) => call(url + path, method, options) };
}

async function call(url: string, method: string, { json, text, headers = {} }: CallOptions = {}): Promise<TestAnswer> {
  const body = json === undefined ? text : JSON.stringify(json);
  const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' };
  // fetch marks its requests as a browser's page would ("sec-fetch-mode"), but says nothing of the site.
  const answer = await fetch(url, { method, headers: { ...type, ...headers }, ...(body !== undefined && { body }) });
  const answered = await answer.text();
  return { status: answer.status, contentType: answer.headers.get('content-type'), text: answered, json: parsed(answered) };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
