import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { TYPE_URLS, type SharedResource } from './shared-resource.ts';

/** What stands before the body of a resource in a response. The body follows, so that it is stored only once. */
interface Fragment {
  readonly delta: Uint8Array;
  readonly sotw: Uint8Array;
  /** Two 32-bit hashes of name and version. */
  readonly hash: readonly [number, number];
}

const fragments = new WeakMap<SharedResource, Fragment>();

/** The cached beginnings of a resource's entry in a response; made on first use, once per resource and process. */
export function fragmentOf(resource: SharedResource): Fragment {
  const known = fragments.get(resource);
  if (known !== undefined) return known;
  const any = anyHead(resource);
  const made = { delta: deltaHead(resource, any), sotw: entryHead(any, resource.body.length), hash: hashOf(resource) };
  fragments.set(resource, made);
  return made;
}

/** An Any up to where its value begins. */
function anyHead(resource: SharedResource): Uint8Array {
  return new BinaryWriter()
    .tag(1, WireType.LengthDelimited).string(TYPE_URLS[resource.type])
    .tag(2, WireType.LengthDelimited).uint32(resource.body.length)
    .finish();
}

/** Field 2 (`resources`) of either response, up to where the body begins. */
function entryHead(inner: Uint8Array, bodyLength: number): Uint8Array {
  return new BinaryWriter().tag(2, WireType.LengthDelimited).uint32(inner.length + bodyLength).raw(inner).finish();
}

/** `envoy.service.discovery.v3.Resource`: version 1, name 3, resource 2 last. */
function deltaHead(resource: SharedResource, any: Uint8Array): Uint8Array {
  const inner = new BinaryWriter()
    .tag(1, WireType.LengthDelimited).string(resource.version)
    .tag(3, WireType.LengthDelimited).string(resource.name)
    .tag(2, WireType.LengthDelimited).uint32(any.length + resource.body.length).raw(any)
    .finish();
  return entryHead(inner, resource.body.length);
}

/** FNV-1a with two offsets: quick, and good enough to tell sets of content hashes apart. */
function hashOf(resource: SharedResource): readonly [number, number] {
  const text = `${resource.name}\n${resource.version}`;
  let first = 0x811c9dc5;
  let second = 0x9dc5811c;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second + unit, 0x85ebca6b) ^ (second >>> 13);
  }
  return [first >>> 0, second >>> 0];
}

/**
 * Version of a set of resources: equal sets give equal versions in every process, whatever the order. Adds up the
 * hashes of the members, so it costs two additions per member.
 */
export function setVersion(resources: Iterable<SharedResource>): string {
  let first = 0;
  let second = 0;
  let count = 0;
  for (const resource of resources) {
    const { hash } = fragmentOf(resource);
    first = (first + hash[0]) >>> 0;
    second = (second + hash[1]) >>> 0;
    count++;
  }
  return `${hex(first)}${hex(second)}-${count}`;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
