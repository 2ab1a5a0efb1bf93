import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { describe, expect, it } from 'vitest';
import { checkEnvoyYaml, everyEnvoyType, readEnvoyYaml } from './index.ts';

describe('Envoy messages in YAML', () => {
  it('are read with field names in either form', () => {
    const read = readEnvoyYaml(ClusterSchema, 'name: a\nconnect_timeout: 5s\naltStatName: b\n');
    expect(read).toMatchObject({ ok: true, value: { name: 'a', altStatName: 'b', connectTimeout: { seconds: 5n } } });
  });

  it('may hold extensions that no builder uses', () => {
    const text = "name: c\ntyped_config:\n  '@type': type.googleapis.com/envoy.extensions.filters.http.compressor.v3.Compressor\n  response_direction_config: {disable_on_etag_header: true}\n";
    expect(checkEnvoyYaml('envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter', text)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    ['no YAML', 'a: [b', /./],
    ['an unknown field', 'nmae: a', /nmae/],
    ['a wrong type', 'connect_timeout: 5 seconds', /connect_timeout|Duration/],
    ['an unknown extension', "transport_socket: {name: x, typed_config: {'@type': type.googleapis.com/no.such.Message}}", /no\.such\.Message/],
    ['a list', '- name: a', /Cluster/],
  ])('say what is wrong with %s', (_what, text, message) => {
    const read = readEnvoyYaml(ClusterSchema, text);
    expect(!read.ok && read.error).toMatch(message);
  });

  it('of a type that nobody knows are refused', () => {
    expect(checkEnvoyYaml('no.such.Message', '{}')).toEqual({ ok: false, error: 'there is no message no.such.Message' });
  });

  it('every type is read once', () => {
    expect(everyEnvoyType()).toBe(everyEnvoyType());
  });
});
