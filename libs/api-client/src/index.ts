export { ApiClient, type ApiClientOptions, type Document, type Page, type PutResult, type RawAnswer } from './api-client.ts';
