import type { JsonObject } from '@bufbuild/protobuf';
import type { BootstrapInput } from './bootstrap-input.ts';
import { systemNames } from '../naming.ts';

const FILE_METADATA = 'envoy.grpc_credentials.file_based_metadata';
/** Largest message that Envoy takes with google_grpc: gRPC's own default, said aloud. */
const MAX_RECEIVE_BYTES = 4_194_304;

/**
 * How Envoy reaches the control plane: through the ADS cluster with the token as metadata, or, for a token that may be
 * replaced in its file, by google_grpc, the only client of Envoy's that reads a file for each call. The token stands bare,
 * without "Bearer".
 */
export function controlPlaneService(input: BootstrapInput): JsonObject {
  if (input.token?.kind === 'file') return { googleGrpc: googleGrpc(input, input.token.path) };
  return {
    envoyGrpc: { clusterName: systemNames(input.unifiedNaming).ads },
    ...(input.token !== undefined && { initialMetadata: [{ key: 'authorization', value: input.token.token }] }),
  };
}

function googleGrpc({ xds }: BootstrapInput, tokenPath: string): JsonObject {
  return {
    targetUri: xds.host.includes(':') ? `[${xds.host}]:${xds.port}` : `${xds.host}:${xds.port}`,
    statPrefix: 'ads',
    channelCredentials: { sslCredentials: { rootCerts: { inlineString: xds.caPem } } },
    credentialsFactoryName: FILE_METADATA,
    callCredentials: [{
      fromPlugin: {
        name: FILE_METADATA,
        typedConfig: { '@type': 'type.googleapis.com/envoy.config.grpc_credential.v3.FileBasedMetadataConfig', secretData: { filename: tokenPath }, headerKey: 'authorization' },
      },
    }],
    channelArgs: {
      args: {
        'grpc.keepalive_time_ms': { intValue: 30_000 },
        'grpc.keepalive_timeout_ms': { intValue: 10_000 },
        'grpc.max_receive_message_length': { intValue: MAX_RECEIVE_BYTES },
      },
    },
  };
}
