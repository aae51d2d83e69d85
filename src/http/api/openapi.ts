/** The description of the own API (OpenAPI 3.1), made of the table of endpoints. */
import { packageVersion } from '../../core/package-version.js';
import { ownHeader } from '../cross-site.js';
import { object, string, toJSONSchema, type ZodObject, type ZodType } from '../vendor.js';
import type { Endpoint } from './endpoint.js';

type Schema = Record<string, unknown>;

const problemShape = object({ code: string(), message: string(), hint: string().optional() });

export function openApi(endpoints: readonly Endpoint[], base: string) {
  const components = new Components();
  const paths: Record<string, Record<string, object>> = {};
  for (const one of endpoints) (paths[one.path] ??= {})[one.method.toLowerCase()] = operation(one, components);
  components.schemas['Problem'] = components.schemaOf(problemShape, 'output');
  return {
    openapi: '3.1.0',
    info: {
      title: 'durable-entities',
      version: packageVersion,
      description:
        `Entities and orchestrations of one task hub. A write needs \`Content-Type: application/json\`, and \`${ownHeader}: 1\` or a bearer token. ` +
        'An empty entity key is written `?key=`, without the segment of the path.',
    },
    servers: [{ url: base === '' ? '/' : base }],
    security: [{}, { bearer: [] }, { session: [] }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'durable-entities' },
      },
      schemas: components.schemas,
    },
  };
}

function operation(
  { method, path, tag, summary, params, query, body, answers, needs }: Endpoint,
  components: Components,
): object {
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(needs === 'nothing' && { security: [{}] }),
    parameters: [
      ...parameters(params, 'path', components),
      ...parameters(query, 'query', components),
      ...(method === 'GET' ? [] : [own]),
    ],
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: components.schemaOf(body, 'input') } } },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer, components)])),
      default: {
        description: 'The request was refused or failed.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

const own = { name: ownHeader, in: 'header', required: false, schema: { const: '1' } };

function operationId(method: string, path: string): string {
  const words = path.replace(/^\/api\/v1/, 'api').match(/\w+/g) ?? [];
  return [method.toLowerCase(), ...words]
    .map((word, at) => (at === 0 ? word : word[0]?.toUpperCase() + word.slice(1)))
    .join('');
}

function parameters(fields: ZodObject, place: 'path' | 'query', components: Components): object[] {
  const { properties = {}, required = [] } = components.schemaOf(fields, 'output') as {
    properties?: Schema;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...((schema as Schema)['type'] === 'array' && { explode: false }),
    schema,
  }));
}

function response(answer: ZodType | string, components: Components): object {
  const [type, schema] =
    typeof answer === 'string'
      ? [answer, { type: 'string' }]
      : ['application/json', components.schemaOf(answer, 'output')];
  return { description: 'The answer.', content: { [type]: { schema } } };
}

/** Schemas that have a name, or refer to themselves, stand once among the components. */
class Components {
  readonly schemas: Record<string, Schema> = {};

  /** @param io which side of a conversion is described: what is sent, or what is made of it */
  schemaOf(schema: ZodType, io: 'input' | 'output'): Schema {
    // A schema that stands inside another one is referred to by its name, the outermost one by `#`, which is the whole description here.
    const { properties, $defs = {} } = toJSONSchema(object({ it: schema }), {
      io,
      unrepresentable: 'any',
    }) as unknown as {
      properties: { it: Schema };
      $defs?: Record<string, Schema>;
    };
    for (const [name, { id: _, ...definition }] of Object.entries($defs)) this.schemas[name] = placed(definition);
    return placed(properties.it);
  }
}

function placed(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Schema;
}
