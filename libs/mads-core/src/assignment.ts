import { create, toBinary, toJson, type JsonObject } from '@bufbuild/protobuf';
import { MonitoringAssignmentSchema, type MonitoringAssignment } from '@weft/mads-proto/kuma/observability/v1/mads_pb.js';

/** One proxy that gives metrics to a client, as plain data. */
export interface Assignment {
  /** `/meshes/<mesh>/dataplanes/<name>`. */
  readonly name: string;
  readonly mesh: string;
  /** What its tags call it first; its workload, or `unknown`, where they do not. */
  readonly service: string;
  readonly target: {
    /** The Dataplane. */
    readonly name: string;
    readonly scheme: 'http' | 'https';
    /** `host:port`. */
    readonly address: string;
    readonly metricsPath: string;
    readonly labels: Readonly<Record<string, string>>;
  };
}

/** As it stands in `Any.value` of a discovery response. */
export function encodeAssignment(assignment: Assignment): Uint8Array {
  return toBinary(MonitoringAssignmentSchema, messageOf(assignment));
}

/** As it stands in the JSON form of a discovery response, without `@type`; names of fields are those of the .proto file. */
export function assignmentJson(assignment: Assignment): JsonObject {
  return toJson(MonitoringAssignmentSchema, messageOf(assignment), { useProtoFieldName: true }) as JsonObject;
}

function messageOf({ mesh, service, target }: Assignment): MonitoringAssignment {
  return create(MonitoringAssignmentSchema, { mesh, service, targets: [target] });
}
