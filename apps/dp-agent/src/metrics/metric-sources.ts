import { request, type IncomingMessage } from 'node:http';
import type { AdminAddress } from '../envoy-admin.ts';
import { expositionLines, LineFilter } from './exposition-lines.ts';
import { metricFilter } from './metric-filter.ts';
import type { MetricsConfig, ScrapedApplication } from './metrics-config.ts';

/** How long a source may take to begin, and between two pieces. */
const PATIENCE_MS = 5000;
/** More than this of one source is left out. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Where metrics come from. */
export interface MetricSources {
  /** Undefined where the bootstrap has no admin interface. */
  readonly envoy: AdminAddress | undefined;
  readonly config: MetricsConfig;
  /** Hears of a source that gives nothing. */
  readonly onTrouble: (source: string, why: string) => void;
}

/** All wanted lines: Envoy's, then those of each application. A source that fails is told of and leaves the others alone. */
export async function* metricLines({ envoy, config, onTrouble }: MetricSources): AsyncGenerator<string[]> {
  if (envoy !== undefined) yield* guarded('Envoy', onTrouble, envoyLines(envoy, config));
  for (const application of config.applications) yield* guarded(application.name, onTrouble, applicationLines(application));
}

async function* envoyLines(envoy: AdminAddress, { sidecar }: MetricsConfig): AsyncGenerator<string[]> {
  const filter = new LineFilter(metricFilter(sidecar));
  const response = await get({ ...envoy, path: `/stats/prometheus${sidecar.includeUnused ? '' : '?usedonly'}` });
  for await (const lines of expositionLines(response, MOST_BYTES)) yield lines.filter((line) => filter.keeps(line));
}

async function* applicationLines({ host, port, path }: ScrapedApplication): AsyncGenerator<string[]> {
  const response = await get({ host, port, path, headers: { accept: 'text/plain;version=0.0.4' } });
  for await (const lines of expositionLines(response, MOST_BYTES)) yield lines.filter((line) => line !== '' && line !== '# EOF');
}

async function* guarded(source: string, onTrouble: MetricSources['onTrouble'], lines: AsyncGenerator<string[]>): AsyncGenerator<string[]> {
  try {
    yield* lines;
  } catch (error) {
    onTrouble(source, error instanceof Error ? error.message : String(error));
  }
}

function get(options: { readonly path: string; readonly headers?: Readonly<Record<string, string>> } & (AdminAddress)): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request({ ...options, agent: false, timeout: PATIENCE_MS }, (response) => {
      if (response.statusCode === 200) {
        resolve(response);
        return;
      }
      response.resume();
      reject(new Error(`answered ${response.statusCode ?? 0}`));
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${PATIENCE_MS} ms`))).on('error', reject).end();
  });
}
