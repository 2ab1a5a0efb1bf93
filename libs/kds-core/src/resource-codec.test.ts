import { fromBinary } from '@bufbuild/protobuf';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KumaResourceSchema } from '@weft/kds-proto/kuma/mesh/v1alpha1/kds_pb.js';
import { weftRegistry } from '@weft/policy-model';
import type { ResourceType } from '@weft/resource-model';
import { fromGlobal, fromZone } from './incoming.ts';
import { decodeResource, encodeResource } from './resource-codec.ts';

interface Recorded {
  readonly direction: string;
  readonly type: string;
  readonly name: string;
  readonly resource: string;
}

const recorded = JSON.parse(readFileSync(new URL('../testdata/recorded-resources.json', import.meta.url), 'utf8')) as Recorded[];
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

function typeOf(name: string): ResourceType {
  const type = weftRegistry.byName(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

describe('recorded resources', () => {
  it.each(recorded)('$direction $type $name: the same bytes after reading and writing', ({ type, resource }) => {
    const bytes = bytesOf(resource);
    const decoded = decodeResource(typeOf(type), bytes);
    if (!decoded.ok) throw new Error(decoded.error);
    const again = encodeResource(typeOf(type), decoded.value);
    expect(parts(again)).toEqual(parts(bytes));
    expect(again.length).toBe(bytes.length);
  });

  it.each(recorded)('$direction $type $name: is accepted, and nothing of it is lost', ({ direction, type, name, resource }) => {
    const decoded = decodeResource(typeOf(type), bytesOf(resource));
    if (!decoded.ok) throw new Error(decoded.error);
    const kept = direction === 'global-to-zone' ? fromGlobal(typeOf(type), decoded.value, undefined) : fromZone(typeOf(type), decoded.value, { zone: 'zone-1', hashedNames: true });
    if (!kept.ok) throw new Error(kept.error);
    expect(kept.value.name).toBe(name.slice(0, name.lastIndexOf('.')));
    expect(plain(parts(encodeResource(typeOf(type), kept.value)).spec)).toEqual(pinnedByGlobal(type, plain(parts(bytesOf(resource)).spec)));
  });
});

/** The message taken apart: labels of a map have no order on the wire. */
function parts(bytes: Uint8Array): { readonly meta: unknown; readonly spec: unknown; readonly status: unknown } {
  const { meta, spec, status } = fromBinary(KumaResourceSchema, bytes);
  return { meta: { ...meta }, spec: spec && { url: spec.typeUrl, value: base64(spec.value) }, status: status && base64(status.value) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** JSON is compared as data, for the order of its keys is the writer's. */
function plain(spec: unknown): unknown {
  const { url, value } = spec as { readonly url: string; readonly value: string };
  return url === '' ? JSON.parse(Buffer.from(value, 'base64').toString('utf8')) : spec;
}

/** The zone's name is what the global control plane adds to an entrance. */
function pinnedByGlobal(type: string, spec: unknown): unknown {
  return type === 'ZoneEgress' || type === 'ZoneIngress' ? expect.objectContaining({ url: expect.any(String) as string }) : spec;
}
