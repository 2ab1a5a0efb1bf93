import { create } from '@bufbuild/protobuf';
import { HeaderValueOption_HeaderAppendAction as Append, HeaderValueOptionSchema, type HeaderValueOption } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { objects, textOf, type Conf } from './conf.ts';

/** Headers of a `{name, value}` list that replace those of the same name. */
export function headersToSet(list: unknown): HeaderValueOption[] {
  return objects(list).map((header) => option(header, Append.OVERWRITE_IF_EXISTS_OR_ADD));
}

/** Headers of a `{name, value}` list that stand beside those of the same name. */
export function headersToAdd(list: unknown): HeaderValueOption[] {
  return objects(list).map((header) => option(header, Append.APPEND_IF_EXISTS_OR_ADD));
}

function option(header: Conf, appendAction: Append): HeaderValueOption {
  return create(HeaderValueOptionSchema, { header: { key: textOf(header['name']) ?? '', value: textOf(header['value']) ?? '' }, appendAction });
}
