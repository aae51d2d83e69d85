/** The names of tables and procedures in SQL for MySQL and MariaDB. */

export interface Names {
  /** The name with the database and the prefix, quoted: `` `shop`.`de_inbox` ``. */
  readonly qualified: (name: string) => string;
  readonly database: string;
  readonly quotedDatabase: string;
  readonly prefix: string;
}

export function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** The database is checked by `checkDatabaseName`, the prefix by `checkTablePrefix`. */
export function makeNames(database: string, prefix: string): Names {
  const quotedDatabase = quotedName(database);
  return {
    database,
    quotedDatabase,
    prefix,
    qualified: (name) => `${quotedDatabase}.${quotedName(prefix + name)}`,
  };
}

/** The names that a migration uses. `options` are those of its DataSource. */
export function namesOf(options: { readonly entityPrefix?: string; readonly database?: unknown }): Names {
  return makeNames(options.database as string, options.entityPrefix ?? '');
}
