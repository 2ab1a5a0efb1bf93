import { Metadata } from '@grpc/grpc-js';
import { Sensitive } from '@weft/kernel';
import { knownFeatures, type PeerFeature } from '@weft/kds-core';

/** What a zone says of itself with every call, in its metadata. */
export interface ZoneCall {
  /** `client-id`: its name. */
  readonly zone: string;
  readonly features: ReadonlySet<PeerFeature>;
  /** Of its control plane, e.g. `2.14.3`; empty where it does not say. */
  readonly version: string;
  /** Of this zone and no other that bears its name, the same for all of its replicas; Weft's own. */
  readonly identity?: string;
  /** The zone token, where it has one. */
  readonly token?: Sensitive<string>;
}

const SCHEME = /^Bearer /i;

/** Reads the metadata of a call; undefined where they name no zone. A `features` header may be repeated, or hold several. */
export function readZoneCall(metadata: Metadata): ZoneCall | undefined {
  const first = (key: string): string => textOf(metadata.get(key)[0]);
  const zone = first('client-id');
  if (zone === '') return undefined;
  const features = knownFeatures(metadata.get('features').flatMap((value) => textOf(value).split(',').map((one) => one.trim())));
  const token = first('authorization').replace(SCHEME, '');
  const identity = first('weft-zone-identity');
  return { zone, features, version: first('version'), ...(identity !== '' && { identity }), ...(token !== '' && { token: new Sensitive(token) }) };
}

/** The metadata of a call, as a stock zone writes them. */
export function writeZoneCall({ zone, features, version, identity, token }: ZoneCall): Metadata {
  const metadata = new Metadata();
  metadata.set('client-id', zone);
  metadata.set('kds-version', 'v3');
  for (const feature of features) metadata.add('features', feature);
  metadata.set('version', version);
  if (identity !== undefined) metadata.set('weft-zone-identity', identity);
  if (token !== undefined) metadata.set('authorization', token.reveal());
  return metadata;
}

function textOf(value: string | Buffer | undefined): string {
  return value === undefined ? '' : value.toString();
}
