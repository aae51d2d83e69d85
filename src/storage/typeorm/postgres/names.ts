/** The names of tables and functions in SQL for PostgreSQL. */

export interface Names {
  /** The name with the schema and the prefix, quoted: `"public"."de_inbox"`. */
  readonly qualified: (name: string) => string;
  /** The name with the prefix only, quoted. For the new index of a qualified table, which takes no schema. */
  readonly plain: (name: string) => string;
  readonly schema: string;
  readonly quotedSchema: string;
  readonly prefix: string;
}

export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal. For statements that take no parameters. */
export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The schema is checked by `checkSchemaName`, the prefix by `checkTablePrefix`. */
export function makeNames(schema: string, prefix: string): Names {
  const quotedSchema = quotedName(schema);
  return {
    schema,
    quotedSchema,
    prefix,
    qualified: (name) => `${quotedSchema}.${quotedName(prefix + name)}`,
    plain: (name) => quotedName(prefix + name),
  };
}

/** The names that a migration uses. `options` are those of its DataSource. */
export function namesOf(options: { readonly entityPrefix?: string; readonly schema?: unknown }): Names {
  return makeNames(options.schema as string, options.entityPrefix ?? '');
}
