export { encodeJson } from './encode-json.ts';
export { openApiDocument, type ApiInfo } from './open-api.ts';
export { problemDocument, statusOf, type Problem } from './problem.ts';
export { policiesDocument, resourcesDocument, type IsReadOnly } from './type-catalogue.ts';
