import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { packAny } from '@weft/envoy-proto';
import type { AccessLog } from '@weft/envoy-proto/envoy/config/accesslog/v3/accesslog_pb.js';
import type { Filter } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { HttpConnectionManagerSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { TcpProxySchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';

/** Adds loggers to a finished connection manager or TCP proxy; other filters stay as they are. */
export function addToTerminal(filter: Filter, logsOf: (kind: 'http' | 'tcp') => readonly AccessLog[]): void {
  if (filter.configType.case !== 'typedConfig') return;
  const { value: any } = filter.configType;
  const proxy = anyUnpack(any, TcpProxySchema);
  const hcm = anyUnpack(any, HttpConnectionManagerSchema);
  if (proxy !== undefined) filter.configType.value = packAny(TcpProxySchema, { ...proxy, accessLog: [...proxy.accessLog, ...logsOf('tcp')] });
  if (hcm !== undefined) filter.configType.value = packAny(HttpConnectionManagerSchema, { ...hcm, accessLog: [...hcm.accessLog, ...logsOf('http')] });
}
