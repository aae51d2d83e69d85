/** The description of the API (OpenAPI), as a judge of answers. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Response } from './harness.js';

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** A description for each way to make a handler: with writes and without. */
const byText = new Map<string, Description>();

export class Description {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly made = new Map<string, ValidateFunction>();

  /** The description in an answer. One text is compiled once, which takes longer than most tests. */
  static of({ text, json }: Response): Description {
    const found = byText.get(text) ?? new Description(json as OpenApi);
    byText.set(text, found);
    return found;
  }

  private constructor(readonly document: OpenApi) {
    (addFormats as unknown as (ajv: Ajv2020) => void)(this.ajv);
    this.ajv.addSchema(document, 'api');
  }

  /** Operations as `GET /api/v1/runs`. */
  operations(): string[] {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  operation(name: string): Operation {
    const [method = '', path = ''] = name.split(' ');
    const found = this.document.paths[path]?.[method.toLowerCase()];
    if (found === undefined) throw new Error(`the description has no ${name}`);
    return found;
  }

  /** What is wrong with an answer. Empty if it fits. */
  problems(name: string, { status, headers, json }: Response): string[] {
    const { responses } = this.operation(name);
    const key = responses[status] === undefined ? 'default' : String(status);
    const type = headers['content-type']?.split(';')[0] ?? '';
    if (responses[key]?.content[type] === undefined) return [`${name} ${status}: ${type} is not described`];
    if (type !== 'application/json') return [];
    const validate = this.validator(name, key);
    return validate(json)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${name} ${status} ${instancePath}: ${message}`);
  }

  private validator(name: string, status: string): ValidateFunction {
    const [method = '', path = ''] = name.split(' ');
    const pointer = ['paths', path, method.toLowerCase(), 'responses', status, 'content', 'application/json', 'schema'];
    const reference = `api#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
    const validate = this.made.get(reference) ?? this.ajv.compile({ $ref: reference });
    this.made.set(reference, validate);
    return validate;
  }
}
