import { connect } from 'node:net';
import { freePort, startProcess, tempDir, type StartedProcess } from './start-process.ts';

/** A nats-server with JetStream of a test. */
export interface NatsServer {
  readonly url: string;
  /** As a crash does it. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Forgets what JetStream stored; call it between kill and restart. */
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts nats-server on a free port of loopback, in a folder of its own. */
export async function startNatsServer(): Promise<NatsServer> {
  const port = await freePort();
  let folder = await tempDir();
  const start = (): Promise<StartedProcess> =>
    startProcess({ command: 'nats-server', args: ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder.path], isReady: () => greets(port) });
  let server = await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    kill: () => server.stop('SIGKILL'),
    restart: async () => {
      server = await start();
    },
    wipe: async () => {
      await folder.remove();
      folder = await tempDir();
    },
    stop: async () => {
      await server.stop('SIGKILL');
      await folder.remove();
    },
  };
}

/** The server greets with INFO as soon as it accepts clients, which is after JetStream recovered. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('INFO'));
    });
    socket.once('error', () => resolve(false));
  });
}
