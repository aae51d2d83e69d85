/** Paths of the own API for entities whose operations have a schema: what may be sent to such an entity (OpenAPI 3.1). */
import type { EntityType, OperationType } from '../../hub/inspector.js';

type Schema = Readonly<Record<string, unknown>>;

/** A method of a path, as a description has it. */
interface Method {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string }[];
  readonly requestBody: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
}

/** A description of an API. */
export interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Endpoints that send an operation, and what they do with it. */
const sending = { call: 'Calls', signal: 'Signals' } as const;

/**
 * Adds a path for each entity that has an operation with a schema. The path stands beside the one of all entities, and its body has the names
 * and the inputs of the operations.
 */
export function withOperations<D extends Described>(description: D, entities: readonly EntityType[]): D {
  const schemas: Record<string, Schema> = {};
  const paths: Record<string, Record<string, object>> = {};
  for (const [index, { name, operations = [] }] of entities.entries()) {
    if (operations.every(({ input }) => input === undefined)) continue;
    const inputs = operations.map((operation) => inputOf(`${name}.${operation.name}`, operation, schemas, description));
    for (const [verb, word] of Object.entries(sending)) {
      const template = `/api/v1/entities/{name}/{key}/${verb}`;
      const general = description.paths[template]?.['post'] as Method;
      const { schema } = general.requestBody.content['application/json'];
      const oneOf = operations.map((operation, at) => bodyOf(schema, operation, inputs[at] as Schema));
      paths[template.replace('{name}', encodeURIComponent(name))] = {
        post: {
          ...general,
          operationId: `${general.operationId}Of${index}${wordOf(name)}`,
          summary: `${word} an operation of ${name}.`,
          parameters: general.parameters.filter((parameter) => parameter.name !== 'name'),
          requestBody: { required: true, content: { 'application/json': { schema: { oneOf } } } },
        },
      };
    }
  }
  const components = { ...description.components, schemas: { ...description.components.schemas, ...schemas } };
  return { ...description, paths: { ...description.paths, ...paths }, components };
}

function wordOf(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '_');
}

/** A reference to the schema of an input, which stands among the components. Any input, if the operation has no schema. */
function inputOf(
  name: string,
  { input }: OperationType,
  schemas: Record<string, Schema>,
  { components }: Described,
): Schema {
  if (input === undefined) return {};
  let key = wordOf(name);
  while (Object.hasOwn(schemas, key) || Object.hasOwn(components.schemas, key)) key += '_';
  const place = `#/components/schemas/${key}`;
  // A reference within the schema is a place in the whole description here.
  const { $schema: _, ...placed } = JSON.parse(
    JSON.stringify(input).replaceAll(/"\$ref":"#(?=[/"])/g, `"$ref":"${place}`),
  ) as Record<string, unknown>;
  schemas[key] = placed;
  return { $ref: place };
}

/** The body of a message with this operation. */
function bodyOf(general: Schema, { name, input }: OperationType, schema: Schema): Schema {
  const properties = { ...(general['properties'] as object), operation: { const: name }, input: schema };
  return { ...general, properties, required: input === undefined ? ['operation'] : ['operation', 'input'] };
}
