import { create, fromBinary, fromJsonString, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { DiscoveryRequestSchema, DiscoveryResponseSchema, type DiscoveryRequest } from '@weft/envoy-proto/envoy/service/discovery/v3/discovery_pb.js';
import { MeshError } from '@weft/kernel';
import { assignmentJson, encodeAssignment, type AssignmentSnapshot } from '@weft/mads-core';
import { MONITORING_ASSIGNMENT_TYPE } from '@weft/mads-proto';

/** What a client says of itself and of what it has. */
export interface AssignmentRequest {
  /** `node.id`; backends of MeshMetric may name it. Empty where it says nothing. */
  readonly client: string;
  /** The version that it has; empty for none. */
  readonly version: string;
  /** That of the response which it answers; empty at the start. */
  readonly nonce: string;
  /** Why it refused that response. */
  readonly refusal: string | undefined;
}

/** Reads a request in protobuf's JSON form. Throws `request/invalid`. */
export function readJsonRequest(body: string): AssignmentRequest {
  return read(() => fromJsonString(DiscoveryRequestSchema, body, { ignoreUnknownFields: true }), 'the JSON form of envoy.service.discovery.v3.DiscoveryRequest');
}

/** Reads an encoded request. Throws `request/invalid`. */
export function readRequest(bytes: Uint8Array): AssignmentRequest {
  return read(() => fromBinary(DiscoveryRequestSchema, bytes), 'a message envoy.service.discovery.v3.DiscoveryRequest');
}

function read(parse: () => DiscoveryRequest, expected: string): AssignmentRequest {
  const { node, typeUrl, versionInfo, responseNonce, errorDetail } = parsed(parse, expected);
  if (typeUrl !== '' && typeUrl !== MONITORING_ASSIGNMENT_TYPE) throw new MeshError('request/invalid', `type_url "${typeUrl}" is not served here: leave it out, or ask for ${MONITORING_ASSIGNMENT_TYPE}`);
  return { client: node?.id ?? '', version: versionInfo, nonce: responseNonce, refusal: errorDetail?.message };
}

function parsed(parse: () => DiscoveryRequest, expected: string): DiscoveryRequest {
  try {
    return parse();
  } catch (cause) {
    throw new MeshError('request/invalid', `the body is not ${expected}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** A response in protobuf's JSON form, with the fields' own names as Kuma 2.14 writes them. */
export function jsonResponse({ version, assignments }: AssignmentSnapshot): string {
  const resources = assignments.map((assignment) => ({ '@type': MONITORING_ASSIGNMENT_TYPE, ...assignmentJson(assignment) }));
  return JSON.stringify({ version_info: version, resources, type_url: MONITORING_ASSIGNMENT_TYPE, nonce: version });
}

/** An encoded response. */
export function encodeResponse({ version, assignments }: AssignmentSnapshot, nonce: string): Uint8Array {
  return toBinary(DiscoveryResponseSchema, create(DiscoveryResponseSchema, {
    versionInfo: version,
    typeUrl: MONITORING_ASSIGNMENT_TYPE,
    nonce,
    resources: assignments.map((assignment) => create(AnySchema, { typeUrl: MONITORING_ASSIGNMENT_TYPE, value: encodeAssignment(assignment) })),
  }));
}
