import { openApiDocument } from '@weft/api-contract';
import { KUMA_VERSION } from '@weft/resource-model';
import { okJson, type Verbs } from '../http/exchange.ts';
import type { ApiPorts } from './ports.ts';

/** `GET /openapi.json`: the resource endpoints of every type, as OpenAPI 3.1. Made once; types do not change while it runs. */
export function openApiVerbs({ registry }: ApiPorts): Verbs {
  let document: unknown;
  return { GET: async () => okJson((document ??= openApiDocument(registry, { title: 'Weft', version: KUMA_VERSION }))) };
}
