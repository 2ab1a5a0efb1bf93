import type { MessageInitShape } from '@bufbuild/protobuf';
import { extension } from '@weft/envoy-builders';
import type { LocalRateLimitSchema } from '@weft/envoy-proto/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb.js';
import { DescriptorSchema } from '@weft/envoy-proto/envoy/extensions/rate_limit_descriptors/expr/v3/expr_pb.js';
import type { TokenBucket } from '@weft/envoy-proto/envoy/type/v3/token_bucket_pb.js';

const KEY = 'identity';

/** The first URI of a mesh certificate is its SPIFFE id. Who calls in plaintext has none; all such callers are one. */
const IDENTITY = 'connection.mtls ? connection.uri_san_peer_certificate : "-"';

/** Buckets per limit at a time: those of callers that were not heard of for the longest time go first, and start full. */
const MAX_IDENTITIES = 4096;

type Fields = Pick<MessageInitShape<typeof LocalRateLimitSchema>, 'tokenBucket' | 'alwaysConsumeDefaultTokenBucket' | 'descriptors' | 'rateLimits' | 'maxDynamicDescriptors'>;

/** A bucket like this for each caller's identity and, where there is one, the other for all of them together. */
export function perIdentity(each: TokenBucket, total: TokenBucket | undefined): Fields {
  const { name, configType } = extension('envoy.rate_limit_descriptors.expr', DescriptorSchema, { descriptorKey: KEY, exprSpecifier: { case: 'text', value: IDENTITY } });
  return {
    // Also for a request whose caller cannot be told: it never passes unlimited.
    tokenBucket: total ?? each,
    alwaysConsumeDefaultTokenBucket: total !== undefined,
    // An entry without a value: Envoy makes a bucket for each value that it meets.
    descriptors: [{ entries: [{ key: KEY }], tokenBucket: each }],
    rateLimits: [{ actions: [{ actionSpecifier: { case: 'extension', value: { name, typedConfig: configType.value } } }] }],
    maxDynamicDescriptors: MAX_IDENTITIES,
  };
}
