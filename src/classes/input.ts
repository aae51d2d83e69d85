/** The option `input` of `@Operation`: the class of the input, or a validator. */

// eslint-disable-next-line typescript/no-explicit-any -- inputs are built without arguments
type InputClass<T> = new (...args: any[]) => T;

/** The part of the Standard Schema specification (version 1) that is used here. zod, valibot and arktype implement it. */
export interface InputSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
    /** JSON Schema of the values, which some implementations offer. */
    readonly jsonSchema?: { readonly input?: (options: { readonly target: string }) => unknown } | undefined;
  };
}

/** The JSON Schema of the inputs that a schema accepts, as plain data. `undefined` if the schema cannot tell it. */
export function jsonSchemaOf(schema: InputSchema<unknown> | undefined): unknown {
  try {
    const made = schema?.['~standard'].jsonSchema?.input?.({ target: 'draft-2020-12' });
    return typeof made === 'object' && made !== null ? (JSON.parse(JSON.stringify(made)) as unknown) : undefined;
  } catch {
    // Not every schema has one, for instance that of a Map.
    return undefined;
  }
}

type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The option `input` of `@Operation`: a class, or a Standard Schema. */
export type EntityInput<T> = InputClass<T> | InputSchema<T>;

export function isInputSchema(value: unknown): value is InputSchema<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    const standard: unknown = '~standard' in value ? value['~standard'] : undefined;
    return typeof standard === 'object' && standard !== null && 'validate' in standard;
  } catch {
    // A revoked proxy throws here, and is refused like every other value.
    return false;
  }
}

/** The value that a schema makes of the input, or a promise of it. @throws the error that `refuse` makes of the issues, or rejects with it */
export function validated(schema: InputSchema<unknown>, value: unknown, refuse: (problem: string) => Error): unknown {
  const result = schema['~standard'].validate(value);
  return result instanceof Promise ? result.then((done) => accepted(done, refuse)) : accepted(result, refuse);
}

function accepted(result: SchemaResult<unknown>, refuse: (problem: string) => Error): unknown {
  if (result.issues === undefined) return result.value;
  throw refuse(result.issues.map(issueText).join('; ') || 'it is not valid');
}

function issueText(issue: SchemaIssue): string {
  const path = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}
