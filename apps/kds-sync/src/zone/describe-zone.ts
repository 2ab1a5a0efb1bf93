import { readFileSync } from 'node:fs';
import { PEER_FEATURES, knownFeatures, type SyncNode } from '@weft/kds-core';
import type { KdsLinkOptions, ZoneCall } from '@weft/kds-transport';
import { MeshError, Sensitive } from '@weft/kernel';
import { KUMA_VERSION } from '@weft/resource-model';
import type { KdsSyncConfig } from '../kds-sync-config.ts';

/** Features that a zone names in the metadata of its calls; the others stand in its node. */
const CALL_FEATURES = ['zone-ping-health', 'hash-suffix', 'weft-sync'];

/** Kuma knows two stores of its own: one that ends with the process, and one that does not. */
const STORE_TYPES: Readonly<Record<string, string>> = { redis: 'postgres' };

/** What this zone says of itself with each call. The token is read anew, for it may have been replaced. Throws `config/invalid` where it cannot be read. */
export function zoneCall({ multizone: { zone } }: KdsSyncConfig, identity: string): ZoneCall {
  const { token, tokenFile } = zone.kds;
  const given = tokenFile === '' ? token : readText('multizone.zone.kds.tokenFile', tokenFile).trim();
  return { zone: zone.name, features: knownFeatures(CALL_FEATURES), version: KUMA_VERSION, identity, ...(given !== '' && { token: new Sensitive(given) }) };
}

/** What this zone says of itself when it first asks for resources, as a stock zone does. `instance`: of this process. */
export function zoneNode({ mode, environment, store, multizone: { zone } }: KdsSyncConfig, instance: string): SyncNode {
  const config = { environment, mode, multizone: { zone: { name: zone.name, globalAddress: zone.globalAddress } }, store: { type: STORE_TYPES[store.type] ?? 'memory' } };
  return {
    id: zone.name,
    metadata: {
      version: { kumaCp: { version: KUMA_VERSION, gitTag: '', gitCommit: '', buildDate: '' } },
      config: JSON.stringify(config),
      'control-plane-id': instance,
      features: PEER_FEATURES.filter((feature) => feature !== 'zone-ping-health'),
    },
  };
}

/** Where the global control plane listens, and how its certificate is checked. Throws `config/invalid` where the CA cannot be read. */
export function globalEndpoint({ multizone: { zone } }: KdsSyncConfig): Pick<KdsLinkOptions, 'address' | 'tls' | 'maxMessageBytes'> {
  const [, scheme, address = ''] = /^(grpcs?):\/\/(.*?)\/?$/.exec(zone.globalAddress) ?? [];
  const { rootCaFile, tlsSkipVerify, maxMsgSize } = zone.kds;
  const ca = rootCaFile === '' ? {} : { caPem: readText('multizone.zone.kds.rootCaFile', rootCaFile) };
  return { address, maxMessageBytes: maxMsgSize, tls: scheme === 'grpc' ? 'plain' : { ...ca, skipVerify: tlsSkipVerify } };
}

function readText(key: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MeshError('config/invalid', `${key}: "${file}" cannot be read; name a file that this process may read`, { cause });
  }
}
