import { connect } from 'node:net';
import { freePort, startProcess, tempDir, type StartedProcess } from './start-process.ts';

/** A redis-server of a test. */
export interface RedisServer {
  readonly url: string;
  /** As a crash does it. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts redis-server on a free port of loopback, in a folder of its own. `appendfsync`: default `always`; `no` turns the append-only file off. */
export async function startRedisServer(options: { readonly appendfsync?: 'always' | 'everysec' | 'no' } = {}): Promise<RedisServer> {
  const { appendfsync = 'always' } = options;
  const port = await freePort();
  const folder = await tempDir();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path, '--save', '', '--appendonly', appendfsync === 'no' ? 'no' : 'yes', '--appendfsync', appendfsync];
  const start = (): Promise<StartedProcess> => startProcess({ command: 'redis-server', args, isReady: () => pings(port) });
  let server = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => server.stop('SIGKILL'),
    restart: async () => {
      server = await start();
    },
    stop: async () => {
      await server.stop('SIGKILL');
      await folder.remove();
    },
  };
}

/** Answers PONG only once the data is loaded. */
function pings(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
  });
}
