import { plain, plains, present, toOnly, type Conversion, type Plain } from './conversion.ts';

const SAME = [
  'interval', 'timeout', 'unhealthyThreshold', 'healthyThreshold', 'initialJitter', 'intervalJitter', 'intervalJitterPercent', 'failTrafficOnPanic', 'eventLogPath',
  'alwaysLogHealthCheckFailures', 'noTrafficInterval', 'reuseConnection', 'tcp',
] as const;

/** HealthCheck: MeshHealthCheck. Headers are either set or added there. */
export function convertHealthCheck(conf: Plain): Conversion {
  const { healthyPanicThreshold } = conf;
  const { path, expectedStatuses, requestHeadersToAdd } = plain(conf['http']);
  const headers = plains(requestHeadersToAdd).map(({ header, append }) => ({ append: append !== false, name: plain(header)['key'], value: plain(header)['value'] ?? '' }));
  const named = (append: boolean): readonly Plain[] | undefined => {
    const found = headers.filter((header) => header.append === append).map(({ name, value }) => ({ name, value }));
    return found.length === 0 ? undefined : found;
  };
  return toOnly('MeshHealthCheck', {
    ...Object.fromEntries(SAME.map((key) => [key, conf[key]])),
    healthyPanicThreshold: typeof healthyPanicThreshold === 'number' ? String(healthyPanicThreshold) : undefined,
    http: conf['http'] === undefined ? undefined : present({ path, expectedStatuses, requestHeadersToAdd: present({ set: named(false), add: named(true) }) }),
  });
}
