/** Rows that arrive as one JSON text, as tables of SQL. */

/** The size of a column with a name, a key or an id of an instance: `@`, a name and a key have at most 1,026 bytes. */
export const idBytes = 1088;
/** The size of a column with a name, or another short text. */
export const nameBytes = 512;

const utf8 = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

/** The types of the columns. Without its character set, a text would have that of the database, which may not hold every character. */
const types = {
  number: 'BIGINT',
  id: `VARCHAR(${idBytes}) ${utf8}`,
  name: `VARCHAR(${nameBytes}) ${utf8}`,
  text: `LONGTEXT ${utf8}`,
} as const;

export type JsonColumns = Readonly<Record<string, keyof typeof types>>;

/**
 * A JSON text with an array of arrays as a table: one row for each array, with its elements in the order of the columns. A value that does
 * not fit raises an error: without `ERROR ON ERROR` it would become NULL.
 * @param path the path of the array in the JSON text
 */
export function jsonRows(json: string, columns: JsonColumns, path = '$', ordinal = ''): string {
  const list = Object.entries(columns).map(
    ([name, type], index) => `\`${name}\` ${types[type]} PATH '$[${index}]' ERROR ON ERROR`,
  );
  return `JSON_TABLE(${json}, '${path}[*]' COLUMNS (${ordinal}${list.join(', ')})) AS u`;
}

/**
 * The table whose rows belong to the rows of a JSON text, found by an index. Without `FORCE INDEX` the server scans a table that it believes
 * to be small, and waits for each row that another transaction has locked.
 */
export function joined(table: string, alias: string, index = 'PRIMARY'): string {
  return `STRAIGHT_JOIN ${table} AS ${alias} FORCE INDEX (${index})`;
}

/** A JSON text with an array of values as a table with the column `value`. */
export function jsonValues(json: string, type: keyof typeof types, path = '$'): string {
  return `JSON_TABLE(${json}, '${path}[*]' COLUMNS (value ${types[type]} PATH '$' ERROR ON ERROR)) AS u`;
}
