import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { err, ok, type Result } from '@weft/kernel';

/** What both variants of a request have. */
interface CommonRequest {
  /** The encoded `envoy.config.core.v3.Node`; Envoy sends it on the first request of a stream only. */
  readonly node: Uint8Array | undefined;
  readonly typeUrl: string;
  /** Nonce of the response that is answered; empty where none is. */
  readonly nonce: string;
  /** Envoy's words where the response was refused (NACK). */
  readonly error: string | undefined;
}

/** An `envoy.service.discovery.v3.DiscoveryRequest`. */
export interface SotwRequest extends CommonRequest {
  /** The version last accepted. */
  readonly version: string;
  readonly names: readonly string[];
}

/** An `envoy.service.discovery.v3.DeltaDiscoveryRequest`. */
export interface DeltaRequest extends CommonRequest {
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** Name to version of what the client holds from an earlier stream. */
  readonly initialVersions: ReadonlyMap<string, string>;
}

/** Why bytes are no request. */
export type MalformedRequest = string;

/** Calls `field` for each field of a message; a field that it does not read must be skipped by it. */
function eachField(bytes: Uint8Array, field: (reader: BinaryReader, number: number, wire: WireType) => void): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    field(reader, number, wire);
  }
}

/** Length-delimited fields only; everything else is skipped, as protobuf asks of unknown fields. */
function eachChunk(bytes: Uint8Array, chunk: (number: number, reader: BinaryReader) => boolean): void {
  eachField(bytes, (reader, number, wire) => {
    if (wire !== WireType.LengthDelimited || !chunk(number, reader)) reader.skip(wire, number);
  });
}

function parsing<T>(parse: () => T): Result<T, MalformedRequest> {
  try {
    return ok(parse());
  } catch (caught) {
    return err(`malformed discovery request: ${caught instanceof Error ? caught.message : String(caught)}`);
  }
}

/** `google.rpc.Status` to its message; a status without words still is a refusal. */
function statusMessage(bytes: Uint8Array): string {
  let message = '';
  eachChunk(bytes, (number, reader) => {
    if (number !== 2) return false;
    message = reader.string();
    return true;
  });
  return message;
}

function mapEntry(bytes: Uint8Array): readonly [string, string] {
  let key = '';
  let value = '';
  eachChunk(bytes, (number, reader) => {
    if (number === 1) key = reader.string();
    else if (number === 2) value = reader.string();
    else return false;
    return true;
  });
  return [key, value];
}

/** Reads a DiscoveryRequest without touching the node. Never throws, whatever the bytes. */
export function parseSotwRequest(bytes: Uint8Array): Result<SotwRequest, MalformedRequest> {
  return parsing(() => {
    const request = { node: undefined as Uint8Array | undefined, typeUrl: '', nonce: '', error: undefined as string | undefined, version: '', names: [] as string[] };
    eachChunk(bytes, (number, reader) => {
      switch (number) {
        case 1: request.version = reader.string(); return true;
        case 2: request.node = reader.bytes(); return true;
        case 3: request.names.push(reader.string()); return true;
        case 4: request.typeUrl = reader.string(); return true;
        case 5: request.nonce = reader.string(); return true;
        case 6: request.error = statusMessage(reader.bytes()); return true;
        default: return false;
      }
    });
    return request;
  });
}

/** Reads a DeltaDiscoveryRequest without touching the node. Never throws, whatever the bytes. */
export function parseDeltaRequest(bytes: Uint8Array): Result<DeltaRequest, MalformedRequest> {
  return parsing(() => {
    const initialVersions = new Map<string, string>();
    const request = { node: undefined as Uint8Array | undefined, typeUrl: '', nonce: '', error: undefined as string | undefined, subscribe: [] as string[], unsubscribe: [] as string[], initialVersions };
    eachChunk(bytes, (number, reader) => {
      switch (number) {
        case 1: request.node = reader.bytes(); return true;
        case 2: request.typeUrl = reader.string(); return true;
        case 3: request.subscribe.push(reader.string()); return true;
        case 4: request.unsubscribe.push(reader.string()); return true;
        case 5: initialVersions.set(...mapEntry(reader.bytes())); return true;
        case 6: request.nonce = reader.string(); return true;
        case 7: request.error = statusMessage(reader.bytes()); return true;
        default: return false;
      }
    });
    return request;
  });
}
