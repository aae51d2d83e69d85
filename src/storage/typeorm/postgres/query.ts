/** The words of PostgreSQL for queries of instances. */
import type { QueryWords } from '../server/instance-query.js';
import { expiryFunction } from './expiry-function.js';
import type { Names } from './names.js';
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
