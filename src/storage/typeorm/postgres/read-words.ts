import type { Member, Membership } from '../../../engines/sql/ports/store.js';
import { readNames } from '../../../engines/sql/model/stored.js';
import type { ReadWords } from '../server/server-reads.js';
import type { Names } from './names.js';
import { queryWords } from './query.js';
import { numberArray, readStatements, textArray } from './reads.js';

export function readWords(names: Names): ReadWords {
  const lists = (...columns: readonly (readonly string[])[]) => columns.map(textArray);
  return { statements: readStatements(names), query: queryWords(names), numbers: numberArray, lists };
}

export interface MembersRow {
  readonly nowMs: number;
  readonly members: readonly (Omit<Member, 'names'> & { readonly names: string })[] | null;
  readonly owners: readonly (readonly [partition: number, owner: number])[] | null;
}

/** The workers and owners that the statement `members` has found. */
export function membershipOf([row]: readonly MembersRow[]): Membership {
  const owners: number[] = [];
  for (const [partition, owner] of row?.owners ?? []) owners[partition] = owner;
  const members = (row?.members ?? []).map((member) => ({ ...member, names: readNames(member.names) }));
  // A missing row of a damaged table has no owner.
  return { nowMs: row?.nowMs ?? 0, members, owners: Array.from(owners, (owner) => owner ?? 0) };
}
