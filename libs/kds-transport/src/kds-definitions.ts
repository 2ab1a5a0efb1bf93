import type { RawMethod } from '@weft/grpc-transport';
import { rawStreams } from '@weft/grpc-transport';
import { KDS_METHODS } from '@weft/kds-proto';
import type { ServiceDefinition } from '@grpc/grpc-js';

/** The largest message of either side, in bytes (Kuma 2.14: 10 MiB). */
export const KDS_MESSAGE_LIMIT = 10 * 1024 * 1024;

/** The calls that stream both ways, by what they are for. */
export type KdsStreamName = 'globalToZone' | 'zoneToGlobal' | 'configDumps' | 'stats' | 'clusters';

/** Both services: messages are bytes; the encoding is kds-core's and the caller's. */
export const KDS_DEFINITIONS: { readonly sync: ServiceDefinition; readonly global: ServiceDefinition } = {
  sync: streamsOf(['globalToZone', 'zoneToGlobal']),
  global: { ...streamsOf(['configDumps', 'stats', 'clusters']), HealthCheck: { ...streamMethod('healthCheck'), requestStream: false, responseStream: false } },
};

/** How one of the calls is made. */
export function streamMethod(name: KdsStreamName | 'healthCheck'): RawMethod {
  const { service, method } = partsOf(KDS_METHODS[name]);
  return rawStreams(service, [method])[method] as RawMethod;
}

/** The last part of a call's path, under which grpc-js looks for its handler. */
export function methodName(name: KdsStreamName): string {
  return partsOf(KDS_METHODS[name]).method;
}

function streamsOf(names: readonly KdsStreamName[]): ServiceDefinition {
  return Object.fromEntries(names.map((name) => [methodName(name), streamMethod(name)]));
}

function partsOf(path: string): { readonly service: string; readonly method: string } {
  const [, service = '', method = ''] = path.split('/');
  return { service, method };
}
