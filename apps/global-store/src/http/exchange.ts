import type { Caller } from '../access/caller.ts';

/** A request as the handlers see it: no Express, no sockets. */
export interface ApiRequest {
  readonly method: string;
  /** Path as it was sent, without query. */
  readonly path: string;
  /** Decoded parts of the path, by name. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly caller: Caller;
  /** Scheme and host that the client used, e.g. `http://localhost:5681`. */
  readonly origin: string;
  /** The whole body. Throws `request/too-large`. Read it once. */
  readonly body: () => Promise<Buffer>;
}

/** An answer: JSON (one space of indent, a newline at its end) or text. */
export type ApiAnswer =
  | { readonly status: number; readonly json: unknown; readonly headers?: Headers }
  | { readonly status: number; readonly text: string; readonly contentType?: string; readonly headers?: Headers };

/** Headers beside the content's, names in lower case. */
type Headers = Readonly<Record<string, string>>;

/** Header of a write's answer: the revision of the feed at which it stands. */
export const REVISION_HEADER = 'weft-revision';

/** Answers one request. Throws MeshErrors; {@link Operation} tells the title of their documents. */
export type Handler = (request: ApiRequest) => Promise<ApiAnswer>;

/** Handlers of one path, by verb. */
export type Verbs = Readonly<Partial<Record<'GET' | 'PUT' | 'POST' | 'DELETE', Handler>>>;

/** 200 with a JSON body. */
export function okJson(json: unknown): ApiAnswer {
  return { status: 200, json };
}

export const NOT_FOUND: ApiAnswer = { status: 404, text: '404: Page Not Found' };
export const METHOD_NOT_ALLOWED: ApiAnswer = { status: 405, text: '405: Method Not Allowed' };
export const NOT_ACCEPTABLE: ApiAnswer = { status: 406, text: '406: Not Acceptable\n\nAvailable representations: application/json' };
export const UNSUPPORTED_MEDIA_TYPE: ApiAnswer = { status: 415, text: '415: Unsupported Media Type' };
