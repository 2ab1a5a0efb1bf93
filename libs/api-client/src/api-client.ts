import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { MeshError, type ErrorCode, type Violation } from '@weft/kernel';

/** How to reach the HTTP API of a control plane. */
export interface ApiClientOptions {
  /** Base URL, e.g. `http://localhost:5681`. */
  readonly url: string;
  /** User token, sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** PEM of the CA that signed the server's certificate; absent: the system's. */
  readonly caPem?: string;
  readonly clientCertPem?: string;
  readonly clientKeyPem?: string;
  /** Accept any server certificate. Only for trying things out. */
  readonly skipVerify?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the whole exchange. Default 60,000. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
}

/** A REST document: what stands in requests and answers. */
export type Document = Readonly<Record<string, unknown>>;

/** One page of a list. */
export interface Page {
  readonly total: number;
  readonly items: readonly Document[];
  /** Absolute URL of the next page, or null. */
  readonly next: string | null;
}

/** What a PUT did. */
export interface PutResult {
  readonly created: boolean;
  readonly warnings: readonly string[];
  /** Where in the feed the write stands; absent from other products' answers. */
  readonly revision?: string;
}

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
  /** Value of `Weft-Revision`. */
  readonly revision?: string;
}

/** Client of the HTTP API. Every method throws a MeshError whose message is the server's title and detail, as `kumactl` prints them. */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.url;
  }

  /** `GET /`: product, version, instance. */
  async index(): Promise<Document> {
    return this.getJson('/');
  }

  /** The document at a path, or undefined where the server says 404. */
  async find(path: string): Promise<Document | undefined> {
    const answer = await this.send('GET', path);
    if (answer.status === 404) return undefined;
    return parsed(refused(answer).body);
  }

  /** The JSON document at a path; 404 is an error too. */
  async getJson(path: string): Promise<Document> {
    return parsed(refused(await this.send('GET', path)).body);
  }

  /** The body at a path as text. */
  async getText(path: string): Promise<string> {
    return refused(await this.send('GET', path)).body;
  }

  async list(path: string, query: Readonly<Record<string, string>> = {}): Promise<Page> {
    const search = new URLSearchParams(query).toString();
    return (await this.getJson(search === '' ? path : `${path}?${search}`)) as unknown as Page;
  }

  /** Every item of a list, page by page. */
  async *listAll(path: string, query: Readonly<Record<string, string>> = {}): AsyncGenerator<Document> {
    let page = await this.list(path, { size: '1000', ...query });
    for (;;) {
      yield* page.items;
      if (page.next === null) return;
      const next = new URL(page.next);
      page = (await this.getJson(next.pathname + next.search)) as unknown as Page;
    }
  }

  async put(path: string, document: Document): Promise<PutResult> {
    const answer = refused(await this.send('PUT', path, JSON.stringify(document)));
    const body = answer.body.trim() === '' ? {} : parsed(answer.body);
    return { created: answer.status === 201, warnings: (body['warnings'] ?? []) as string[], ...(answer.revision !== undefined && { revision: answer.revision }) };
  }

  /** Deletes; false where there was nothing. */
  async delete(path: string): Promise<boolean> {
    const answer = await this.send('DELETE', path);
    if (answer.status === 404) return false;
    refused(answer);
    return true;
  }

  /** `POST /tokens/<kind>`; the token itself. */
  async issueToken(kind: 'dataplane' | 'zone' | 'user', claims: Document): Promise<string> {
    return refused(await this.send('POST', `/tokens/${kind}`, JSON.stringify(claims))).body;
  }

  /** Sends a request and gives the answer whatever its status. Throws only where no answer came. */
  send(method: string, path: string, body?: string): Promise<RawAnswer> {
    const url = new URL(path, this.#options.url);
    const { timeoutMs = 60_000 } = this.#options;
    const options: RequestOptions & { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean } = {
      method,
      headers: this.#headers(body),
      signal: AbortSignal.timeout(timeoutMs),
      ...(this.#options.caPem !== undefined && { ca: this.#options.caPem }),
      ...(this.#options.clientCertPem !== undefined && { cert: this.#options.clientCertPem }),
      ...(this.#options.clientKeyPem !== undefined && { key: this.#options.clientKeyPem }),
      ...(this.#options.skipVerify === true && { rejectUnauthorized: false }),
    };
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const outgoing = send(url, options, (answer) => {
        const revision = answer.headers['weft-revision'];
        readAll(answer).then((text) => resolve({ status: answer.statusCode ?? 0, body: text, ...(typeof revision === 'string' && { revision }) }), reject);
      });
      outgoing.on('error', (error) => reject(unreachable(this.#options.url, error)));
      outgoing.end(body);
    });
  }

  #headers(body: string | undefined): Record<string, string> {
    return {
      accept: 'application/json',
      'user-agent': this.#options.userAgent ?? 'weft-api-client',
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      ...(this.#options.token !== undefined && { authorization: `Bearer ${this.#options.token}` }),
      ...this.#options.headers,
    };
  }
}

async function readAll(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function unreachable(url: string, cause: Error): MeshError {
  const reason = cause.name === 'TimeoutError' ? 'it did not answer in time' : (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'connection refused' : cause.message;
  return new MeshError('store/unavailable', `could not connect to the Control Plane API Server at ${url}: ${reason}. Is the control plane running, and is this its address?`, { cause });
}

function parsed(body: string): Document {
  try {
    return JSON.parse(body) as Document;
  } catch (cause) {
    throw new MeshError('request/unsupported', `the server's answer is not JSON: ${body.slice(0, 200)}`, { cause });
  }
}

/** Passes an answer with a status below 400 on, and throws for the rest. */
function refused(answer: RawAnswer): RawAnswer {
  if (answer.status < 400) return answer;
  throw toError(answer);
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'resource/invalid', 401: 'auth/unauthenticated', 403: 'auth/denied', 404: 'store/not-found', 405: 'resource/read-only', 409: 'store/conflict', 413: 'request/too-large', 503: 'store/unavailable',
};

function toError(answer: RawAnswer): MeshError {
  const code = CODES[answer.status] ?? 'internal/bug';
  const document = problem(answer.body);
  if (document === undefined) return new MeshError(code, `(${answer.status}): ${answer.body.trim()}`, { details: { status: answer.status } });
  const violations = document.invalid_parameters.map(({ field, reason }): Violation => ({ path: field, message: reason }));
  const lines = violations.map(({ path, message }) => `\n* ${path}: ${message}`).join('');
  const detail = document.detail === '' ? '' : ` (${document.detail.trim()})`;
  return new MeshError(code, `${document.title}${detail}${lines}`, { violations, details: { status: answer.status } });
}

function problem(body: string): { title: string; detail: string; invalid_parameters: { field: string; reason: string }[] } | undefined {
  try {
    const document = JSON.parse(body) as { title?: string; detail?: string; invalid_parameters?: { field: string; reason: string }[] };
    if (!document.title) return undefined;
    return { title: document.title, detail: document.detail ?? '', invalid_parameters: document.invalid_parameters ?? [] };
  } catch {
    return undefined;
  }
}
