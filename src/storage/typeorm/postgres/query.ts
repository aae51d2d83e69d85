/** The words of PostgreSQL for queries of instances. */
import type { QueryWords } from '../server/instance-query.js';
import { expiryFunction } from './expiry-function.js';
import { quotedText, type Names } from './names.js';
import { columnsWithoutState, instanceColumns, textArray } from './reads.js';

export function queryWords({ qualified: q }: Names): QueryWords {
  return {
    table: q,
    columns: instanceColumns,
    columnsWithoutState,
    key: 'key',
    number: (placeholder) => `${placeholder}::double precision`,
    isOneOf: (text, placeholder) => `${text} = ANY (${placeholder}::text[])`,
    list: textArray,
    withIds: (statement) => `${q('instance')} WHERE id = ANY (ARRAY(${statement}))`,
    isAlive: (placeholder) => `coalesce(${q(expiryFunction)}(meta) > ${placeholder}, true)`,
  };
}

const tables = ['instance', 'inbox', 'history', 'receipt', 'tag', 'named_signal', 'dead_letter'];

/** The statement that finds the sizes of the tables, with their indexes. */
export function sizesSql({ qualified: q }: Names): string {
  const sizes = tables.map((table) => `('${table}', pg_total_relation_size(${quotedText(q(table))}))`);
  return `SELECT name, bytes FROM (VALUES ${sizes.join(', ')}) AS size (name, bytes)`;
}
