/** The SQL with `$1`, `$2`, … in place of each `?`. The statements have no other question marks, except within a quoted name. */
export function numbered(sql: string): string {
  let number = 0;
  return sql.replaceAll(/"[^"]*"|`[^`]*`|\?/g, (found) => (found === '?' ? `$${++number}` : found));
}
