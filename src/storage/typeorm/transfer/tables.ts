/**
 * Tables of an export, with their columns and the order of their rows. The same on every database, so that rows of one can be read into
 * another. Rows of workers are left out: an exported task hub has none that is alive.
 */
import type { SqlSession, SqlValue } from '../dialect.js';

/** A row: its columns by name. */
export type TransferRow = Readonly<Record<string, SqlValue>>;

export interface TransferTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** The columns by which rows are ordered and found again. */
  readonly key: readonly string[];
  /** The column that numbers the rows in place of the key. It is not exported: the other database numbers them again, in the same order. */
  readonly order?: string;
}

export const transferTables: readonly TransferTable[] = [
  { name: 'partition', columns: ['number', 'epoch', 'crashes'], key: ['number'] },
  {
    name: 'instance',
    columns: [
      'id',
      'kind',
      'name',
      'key',
      'partition',
      'version',
      'state',
      'meta',
      'status',
      'created_at',
      'updated_at',
      'ended_at',
      'ended_active',
      'parent',
      'first_chunk',
    ],
    key: ['id'],
  },
  { name: 'tag', columns: ['tag', 'value', 'instance'], key: ['tag', 'value', 'instance'] },
  { name: 'named_signal', columns: ['entity', 'name', 'row'], key: ['entity', 'name'] },
  {
    name: 'history',
    columns: ['instance', 'execution', 'chunk', 'events'],
    key: ['instance', 'execution', 'chunk'],
  },
  {
    name: 'receipt',
    columns: ['request_id', 'target', 'hash', 'outcome', 'at'],
    key: ['request_id', 'target'],
  },
  {
    name: 'dead_letter',
    columns: ['id', 'target', 'body', 'attempts', 'reason', 'at', 'active_at'],
    key: ['id'],
  },
  {
    name: 'inbox',
    columns: ['id', 'partition', 'target', 'arrival', 'due', 'attempts', 'body'],
    key: ['id'],
    order: 'seq',
  },
];

export function columnList(session: SqlSession, columns: readonly string[]): string {
  return columns.map((column) => session.quoted(column)).join(', ');
}
