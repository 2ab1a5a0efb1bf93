import { create, type JsonObject, type MessageInitShape } from '@bufbuild/protobuf';
import { sortedRecord } from '@weft/envoy-builders';
import { SubstitutionFormatStringSchema, type SubstitutionFormatString } from '@weft/envoy-proto/envoy/config/core/v3/substitution_format_string_pb.js';
import { confOf, objects, textOf, type Conf } from '../conf.ts';
import { withLogFacts, type LogFacts } from './placeholders.ts';

/** One line per connection or request where a policy names no format. Source: Kuma 2.14. */
export const DEFAULT_FORMATS = {
  tcp: '[%START_TIME%] %RESPONSE_FLAGS% %KUMA_MESH% %KUMA_SOURCE_ADDRESS_WITHOUT_PORT%(%KUMA_SOURCE_SERVICE%)->%UPSTREAM_HOST%(%KUMA_DESTINATION_SERVICE%) took %DURATION%ms, sent %BYTES_SENT% bytes, received: %BYTES_RECEIVED% bytes',
  http: '[%START_TIME%] %KUMA_MESH% "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-B3-TRACEID?X-DATADOG-TRACEID)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%KUMA_SOURCE_SERVICE%" "%KUMA_DESTINATION_SERVICE%" "%KUMA_SOURCE_ADDRESS_WITHOUT_PORT%" "%UPSTREAM_HOST%"',
} as const;

/** Where a line is written, and about what. */
export interface LogPlace {
  readonly kind: 'http' | 'tcp';
  readonly facts: LogFacts;
}

/** Format of a line in a file: plain text, or one JSON object. */
export function fileFormat(format: Conf, place: LogPlace): SubstitutionFormatString {
  const json = jsonFields(format, place);
  return formatString(format, json === undefined
    ? { case: 'textFormatSource', value: { specifier: { case: 'inlineString', value: `${plainText(format, place)}\n` } } }
    : { case: 'jsonFormat', value: json });
}

/** Format of a line for the agent, which sends the message on to the address. */
export function agentFormat(format: Conf, address: string, place: LogPlace): SubstitutionFormatString {
  return formatString(format, { case: 'jsonFormat', value: { address, message: jsonFields(format, place) ?? plainText(format, place) } });
}

/** The plain format, without the end of the line. */
export function plainText(format: Conf, { kind, facts }: LogPlace): string {
  return withLogFacts(textOf(format['plain']) ?? DEFAULT_FORMATS[kind], facts);
}

function jsonFields(format: Conf, { facts }: LogPlace): JsonObject | undefined {
  if (format['type'] !== 'Json') return undefined;
  return sortedRecord(Object.fromEntries(objects(format['json']).map(({ key, value }) => [textOf(key) ?? '', withLogFacts(textOf(value) ?? '', facts)])));
}

function formatString(format: Conf, made: MessageInitShape<typeof SubstitutionFormatStringSchema>['format']): SubstitutionFormatString {
  return create(SubstitutionFormatStringSchema, { ...(made !== undefined && { format: made }), ...(confOf(format)['omitEmptyValues'] === true && { omitEmptyValues: true }) });
}
