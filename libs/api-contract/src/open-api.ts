import type { ResourceType, TypeRegistry } from '@weft/resource-model';
import { documentSchema, listSchema, openApiSchema, PROBLEM_SCHEMA, WRITE_ANSWER_SCHEMA } from './open-api-schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** What the document says of the API as a whole. */
export interface ApiInfo {
  readonly title: string;
  readonly version: string;
}

/** OpenAPI 3.1 description of the resource endpoints of every type in the registry that the API shows. Pure. */
export function openApiDocument(registry: TypeRegistry, info: ApiInfo): Json {
  const types = registry.all.filter(({ internal }) => internal !== true);
  return {
    openapi: '3.1.0',
    info,
    paths: Object.fromEntries(types.flatMap(pathsOf)),
    components: {
      schemas: {
        Problem: PROBLEM_SCHEMA,
        WriteAnswer: WRITE_ANSWER_SCHEMA,
        ...Object.fromEntries(types.flatMap(schemasOf)),
      },
    },
  };
}

function schemasOf(type: ResourceType): readonly (readonly [string, object])[] {
  return [[type.name, documentSchema(type)], [`${type.name}Spec`, openApiSchema(type.schema)], [`${type.name}List`, listSchema(type)]];
}

function pathsOf(type: ResourceType): readonly (readonly [string, Json])[] {
  const collection = type.scope === 'Mesh' ? `/meshes/{mesh}/${type.plural}` : `/${type.plural}`;
  const mesh = type.scope === 'Mesh' ? [pathParameter('mesh')] : [];
  const across = type.scope === 'Mesh' ? [[`/${type.plural}`, { get: listOperation(type, 'across meshes') }] as const] : [];
  return [
    ...across,
    [collection, { ...(mesh.length > 0 && { parameters: mesh }), get: listOperation(type) }],
    [`${collection}/{name}`, { parameters: [...mesh, pathParameter('name')], ...itemOperations(type) }],
  ];
}

function listOperation(type: ResourceType, where = ''): Json {
  return {
    operationId: `list${type.name}${where === '' ? '' : 'AcrossMeshes'}`,
    summary: `Lists ${type.pluralDisplayName}${where === '' ? '' : ` ${where}`}.`,
    parameters: [
      queryParameter('size', { type: 'integer', minimum: 1, maximum: 1000, default: 100 }),
      queryParameter('offset', { type: 'string' }),
      queryParameter('name', { type: 'string', description: 'Part of the name.' }),
    ],
    responses: { 200: jsonAnswer('A page of resources.', `${type.name}List`), default: PROBLEM },
  };
}

function itemOperations(type: ResourceType): Json {
  const get = { operationId: `get${type.name}`, summary: `Reads one ${type.singularDisplayName}.`, responses: { 200: jsonAnswer('The resource.', type.name), default: PROBLEM } };
  if (type.readOnly === true) return { get };
  return {
    get,
    put: {
      operationId: `put${type.name}`,
      summary: `Creates or replaces one ${type.singularDisplayName}.`,
      requestBody: { required: true, content: { 'application/json': { schema: ref(type.name) } } },
      responses: { 200: jsonAnswer('Replaced.', 'WriteAnswer'), 201: jsonAnswer('Created.', 'WriteAnswer'), default: PROBLEM },
    },
    delete: { operationId: `delete${type.name}`, summary: `Deletes one ${type.singularDisplayName}.`, responses: { 200: jsonAnswer('Deleted.', 'WriteAnswer'), default: PROBLEM } },
  };
}

function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function jsonAnswer(description: string, schema: string): Json {
  return { description, content: { 'application/json': { schema: ref(schema) } } };
}

const PROBLEM = jsonAnswer('What went wrong.', 'Problem');

function pathParameter(name: string): Json {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function queryParameter(name: string, schema: Json): Json {
  return { name, in: 'query', schema };
}
