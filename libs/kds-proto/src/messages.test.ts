import { create, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { AdminOutputFormat, KumaResourceSchema, StatsRequestSchema, XDSConfigResponseSchema, ZoneHealthCheckResponseSchema } from '@weft/kds-proto/kuma/mesh/v1alpha1/kds_pb.js';
import { KDS_METHODS, legacyMessageOf } from './index.ts';

const bytes = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

describe('messages on the wire', () => {
  it('an empty interval is 0a 00, as the global control plane answers a health check', () => {
    const response = create(ZoneHealthCheckResponseSchema, { interval: {} });
    expect([...toBinary(ZoneHealthCheckResponseSchema, response)]).toEqual([0x0a, 0x00]);
  });

  it('reads a recorded resource: meta, labels, and the type URL of its spec', () => {
    const recorded = 'CisKD2t1bWEtY2x1c3Rlci1pZDIYCg5rdW1hLmlvL29yaWdpbhIGZ2xvYmFsElkKL3R5cGUuZ29vZ2xlYXBpcy5jb20va3VtYS5zeXN0ZW0udjFhbHBoYTEuQ29uZmlnEiYKJDVjMTU1M2ZlLTlkOTEtNDk1ZS05OTliLWY5N2JhYWIxYTQzNA==';
    const { meta, spec } = fromBinary(KumaResourceSchema, bytes(recorded));
    expect(meta).toMatchObject({ name: 'kuma-cluster-id', mesh: '', labels: { 'kuma.io/origin': 'global' } });
    expect(spec?.typeUrl).toBe('type.googleapis.com/kuma.system.v1alpha1.Config');
    const schema = legacyMessageOf('Config');
    expect(schema && toJson(schema, fromBinary(schema, spec?.value ?? new Uint8Array()))).toEqual({ config: '5c1553fe-9d91-495e-999b-f97baab1a434' });
  });

  it('puts the answer of an admin call into one of two fields', () => {
    const refused = create(XDSConfigResponseSchema, { requestId: 'a', result: { case: 'error', value: 'b' } });
    const given = create(XDSConfigResponseSchema, { requestId: 'a', result: { case: 'config', value: Uint8Array.of(1) } });
    expect([...toBinary(XDSConfigResponseSchema, refused)]).toEqual([0x0a, 1, 0x61, 0x12, 1, 0x62]);
    expect([...toBinary(XDSConfigResponseSchema, given)]).toEqual([0x0a, 1, 0x61, 0x1a, 1, 1]);
    expect([...toBinary(StatsRequestSchema, create(StatsRequestSchema, { format: AdminOutputFormat.JSON, usedOnly: true }))]).toEqual([0x28, 1, 0x30, 1]);
  });

  it('knows the messages of legacy types only', () => {
    expect(legacyMessageOf('GlobalSecret')?.typeName).toBe('kuma.system.v1alpha1.Secret');
    expect(legacyMessageOf('Mesh')?.typeName).toBe('kuma.mesh.v1alpha1.Mesh');
    expect(legacyMessageOf('MeshTimeout')).toBeUndefined();
    expect(Object.values(KDS_METHODS)).toHaveLength(6);
  });
});
