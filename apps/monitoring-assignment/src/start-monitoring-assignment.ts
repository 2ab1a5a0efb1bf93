import { readFile } from 'node:fs/promises';
import { consumeFeed } from '@weft/feed';
import { startPlainServer, startSecureServer, type PlainServer, type ProtocolOptions, type ServerCertificate } from '@weft/grpc-transport';
import { MeshError, Sensitive } from '@weft/kernel';
import { ASSIGNMENT_TYPES } from '@weft/mads-core';
import { weftRegistry } from '@weft/policy-model';
import type { AppPorts, RunningApp } from '@weft/service-runtime';
import { AssignmentBoard } from './assignment-board.ts';
import { assignmentService } from './assignment-service.ts';
import { httpFetch } from './http-fetch.ts';

/** What monitoring-assignment reads of the configuration tree; key names as in Kuma 2.14, durations in milliseconds. */
export interface MonitoringAssignmentConfig {
  readonly general: { readonly tlsCertFile: string; readonly tlsKeyFile: string };
  readonly monitoringAssignmentServer: {
    readonly enabled: boolean;
    /** Address to listen on, empty for all; Weft's own key. */
    readonly interface: string;
    /** 0 for a free port. */
    readonly port: number;
    /** Only `v1` exists; without it nothing is served. */
    readonly apiVersions: readonly string[];
    readonly tlsEnabled: boolean;
    /** Files; those of `general` where empty. */
    readonly tlsCertFile: string;
    readonly tlsKeyFile: string;
    /** How long a fetch waits that does not say it. */
    readonly defaultFetchTimeout: number;
  };
}

/**
 * Starts the monitoring assignment server (MADS), by which Prometheus finds the proxies that give metrics: HTTP long polls and
 * gRPC on one port. Every replica answers for itself. Throws `config/invalid`, or the system's error where it cannot listen.
 */
export async function startMonitoringAssignment(ports: AppPorts<MonitoringAssignmentConfig>): Promise<RunningApp> {
  const { bus, clock, log } = ports;
  const { enabled, apiVersions } = ports.config.monitoringAssignmentServer;
  const unknown = apiVersions.filter((version) => version !== 'v1');
  if (unknown.length > 0) throw new MeshError('config/invalid', `monitoringAssignmentServer.apiVersions: there is no ${unknown.join(', ')}: only v1 is served`);
  if (!enabled || apiVersions.length === 0) return idle();
  const board = new AssignmentBoard((name) => weftRegistry.byName(name));
  const server = await listen(ports, board);
  const feed = consumeFeed({
    bus, clock, log, types: ASSIGNMENT_TYPES,
    onSnapshot: ({ resources }) => board.load(resources),
    onChanges: (records) => board.apply(records.map(({ change }) => change)),
  });
  let isReady = false;
  const ready = feed.ready.then(() => {
    isReady = true;
    board.open();
  });
  return {
    name: 'monitoring-assignment', isReady: () => isReady, ready,
    addresses: { mads: `${server.host}:${server.port}` },
    held: () => ({ monitored_proxies: board.size, waiting_clients: board.waiting }),
    close: async () => {
      await server.close();
      await feed.close();
    },
  };
}

/** Turned off: it runs, and serves nobody. */
function idle(): RunningApp {
  return { name: 'monitoring-assignment', isReady: () => true, ready: Promise.resolve(), addresses: {}, close: () => Promise.resolve() };
}

async function listen({ config, clock, log }: AppPorts<MonitoringAssignmentConfig>, board: AssignmentBoard): Promise<PlainServer> {
  const { interface: host, port, tlsEnabled, defaultFetchTimeout: defaultTimeoutMs } = config.monitoringAssignmentServer;
  const options: ProtocolOptions = {
    host: host === '' ? '0.0.0.0' : host,
    port,
    http: httpFetch({ board, clock, defaultTimeoutMs, onFailure: (error) => log.error({ error: error.message }, 'monitoring assignments could not be answered') }),
    services: [assignmentService({ board, clock, log, defaultTimeoutMs })],
    onRejected: (reason) => log.debug({ reason }, 'a connection was turned away'),
  };
  return tlsEnabled ? startSecureServer({ ...options, certificate: await readCertificate(config) }) : startPlainServer(options);
}

async function readCertificate({ monitoringAssignmentServer: own, general }: MonitoringAssignmentConfig): Promise<ServerCertificate> {
  const { tlsCertFile, tlsKeyFile } = own.tlsCertFile === '' ? general : own;
  if (tlsCertFile === '') throw new MeshError('config/invalid', 'monitoringAssignmentServer.tlsEnabled needs a certificate: set monitoringAssignmentServer.tlsCertFile and tlsKeyFile, or those of general');
  try {
    const [certificatePem, keyPem] = await Promise.all([readFile(tlsCertFile, 'utf8'), readFile(tlsKeyFile, 'utf8')]);
    return { certificatePem, keyPem: new Sensitive(keyPem) };
  } catch (cause) {
    throw new MeshError('config/invalid', `monitoringAssignmentServer: certificate "${tlsCertFile}" or key "${tlsKeyFile}" cannot be read: ${String(cause)}`, { cause });
  }
}
