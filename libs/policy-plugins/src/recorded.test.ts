import { existsSync, readFileSync } from 'node:fs';
import { fromJson, toJson, type DescMessage, type JsonValue } from '@bufbuild/protobuf';
import type { EnvoyResource } from '@weft/envoy-builders';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { envoyRegistry } from '@weft/envoy-proto/registry.js';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ACCEPTED_DIFFERENCES, type Recorded } from './testing/accepted-differences.ts';
import { buildCase, CASES, caseNames, resourceJson } from './testing/golden-case.ts';

const KINDS = { listeners: ListenerSchema, clusters: ClusterSchema, endpoints: ClusterLoadAssignmentSchema, routes: RouteConfigurationSchema } as const;
const KIND_OF: Readonly<Record<EnvoyResource['type'], keyof Recorded | undefined>> = { lds: 'listeners', cds: 'clusters', eds: 'endpoints', rds: 'routes', sds: undefined };

const seen = new Set<string>();
const recordedCases = caseNames().filter((name) => existsSync(`${CASES}${name}/recorded.yaml`));

describe.each(recordedCases)('what Kuma 2.14.3 sent: %s', (name) => {
  const { recorded, built } = bothSides(name);

  it.each(Object.keys(KINDS) as (keyof Recorded)[])('%s are equal but for accepted differences', (kind) => {
    expect(byName(built[kind], KINDS[kind])).toEqual(byName(recorded[kind], KINDS[kind]));
  });
});

afterAll(() => {
  expect(ACCEPTED_DIFFERENCES.filter(({ reason }) => !seen.has(reason)), 'differences that no case shows').toEqual([]);
});

function bothSides(name: string): { recorded: Recorded; built: Recorded } {
  const recorded = { listeners: [], clusters: [], endpoints: [], routes: [], ...(parse(readFileSync(`${CASES}${name}/recorded.yaml`, 'utf8')) as Partial<Recorded>) };
  for (const assignment of recorded.endpoints) withoutEnvoysAdditions(assignment);
  const built: Recorded = { listeners: [], clusters: [], endpoints: [], routes: [] };
  for (const resource of buildCase(name)) {
    const kind = KIND_OF[resource.type];
    // Recorded are listeners and the clusters of interest; routes travel inside listeners there.
    if (kind !== undefined) built[kind].push(resourceJson(resource));
  }
  for (const { reason, apply } of ACCEPTED_DIFFERENCES) if (apply(recorded, built)) seen.add(reason);
  return { recorded, built };
}

/** Through the message and back, so that both sides leave out defaults and write durations alike. */
function byName(resources: readonly object[], schema: DescMessage): Record<string, JsonValue> {
  return Object.fromEntries(resources.map((resource) => {
    const { '@type': _type, ...json } = resource as Record<string, JsonValue>;
    const name = JSON.stringify(json['name'] ?? json['cluster_name']);
    return [name, toJson(schema, fromJson(schema, json, { registry: envoyRegistry }), { registry: envoyRegistry, useProtoFieldName: true })];
  }));
}

/** Endpoints are recorded from Envoy's own dump, which adds its state. */
function withoutEnvoysAdditions(assignment: Record<string, unknown>): void {
  if ((assignment['policy'] as { overprovisioning_factor?: number } | undefined)?.overprovisioning_factor === 140) delete assignment['policy'];
  for (const locality of (assignment['endpoints'] ?? []) as Record<string, unknown>[]) {
    if (locality['load_balancing_weight'] === 0) delete locality['load_balancing_weight'];
    for (const endpoint of locality['lb_endpoints'] as Record<string, unknown>[]) {
      delete endpoint['health_status'];
      delete (endpoint['endpoint'] as Record<string, unknown>)['health_check_config'];
    }
  }
}
