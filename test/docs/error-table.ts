import * as api from '../../src/errors/index.js';
import * as testing from '../../src/testing/index.js';
import { declarationsOf, publicDeclarations } from './declarations.js';
import { join } from 'node:path';
import { root } from './pages.js';
import { table } from './tables.js';

type ErrorClass = new (...args: unknown[]) => api.DurableError;

interface Row {
  readonly code: string;
  readonly name: string;
  readonly when: string;
  readonly retry: string;
  readonly hint: string;
}

/** Codes that a class can carry besides the one it has by itself, with the place that gives them. */
const further: readonly Omit<Row, 'retry'>[] = [
  {
    code: 'DE_STORAGE_BROKEN',
    name: 'StorageError',
    when: 'The disk failed during a write or sync, or a file of the open database was deleted, moved or replaced. The host has stopped, and this error is the cause of its HostStoppedError.',
    hint: 'See the log of the operating system. Start a new process when the disk works and the files are back: it reads the data that was really stored.',
  },
  {
    code: 'DE_STORAGE_NEWER',
    name: 'StorageError',
    when: 'A newer version of this package created or migrated the tables.',
    hint: 'A newer version of this package created or migrated the tables. Update the package.',
  },
  {
    code: 'DE_STORAGE_RIGHTS',
    name: 'StorageError',
    when: 'Tables, functions or procedures of a database on a server are missing or old, and the user may not create them.',
    hint: 'Let a user with the right to create them run the SQL of the property `sql` of the error.',
  },
  {
    code: 'DE_STORAGE_OLD_WORKERS',
    name: 'StorageError',
    when: 'A PostgreSQL database must be migrated in a way that older code cannot read, but workers of an older version are alive: see its property `workers`.',
    hint: 'Stop these workers. The start goes on when they have stopped, or when their leases are over.',
  },
  {
    code: 'DE_STORAGE_OWNED',
    name: 'StorageError',
    when: 'The tables must be created or migrated, but another process uses them.',
    hint: 'Stop all processes that use the file. Then start one with this version of the package, which migrates the tables.',
  },
  {
    code: 'DE_INSPECTION_TIMEOUT',
    name: 'StorageError',
    when: 'A read of an inspector took longer than 2 s, and was interrupted.',
    hint: 'Narrow the filter, for instance by name or by the beginning of the key or id.',
  },
];

/** Every error class of the package and its code. */
export function errorRows(): Row[] {
  const declared = [...publicDeclarations('errors'), ...publicDeclarations('testing')];
  const docs = new Map(declared.map(({ name, doc }) => [name, doc.replaceAll(/\s+/g, ' ')]));
  const rows = Object.entries({ ...api, ...testing }).flatMap(([name, value]): Row[] => {
    if (!isErrorClass(value)) return [];
    const when = (docs.get(name) ?? '').replace(/ ?@\w+.*$/, '');
    if (name === 'LockingRulesViolationError') return lockingRules().map((rule) => brokenRule(name, value, rule));
    return [{ ...rowOf(name, value), when }];
  });
  const retry = new Map(rows.map((row) => [row.name, row.retry]));
  const all = [...rows, ...further.map((row) => ({ ...row, retry: retry.get(row.name) ?? '' }))];
  return all.sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));
}

/** The table of all codes. Each code is an anchor: `docs/guides/errors.md#DE_TIMEOUT`. */
export function errorTable(): string {
  return table(
    ['code', 'class', 'when', 'retry', 'what to do'],
    errorRows().map(({ code, name, when, retry, hint }) => [
      `<a id="${code}"></a>\`${code}\``,
      `\`${name}\``,
      when,
      `\`${retry}\``,
      hint,
    ]),
  );
}

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && value.prototype instanceof api.DurableError;
}

/** The row that an instance of the error describes. Each argument is an array of one text, because it joins, maps and prints like most values. */
function rowOf(name: string, type: ErrorClass): Omit<Row, 'when'> {
  const { code, retry, hint } = new type(...Array.from({ length: type.length }, () => ['…']));
  return { code, name, retry, hint: typeof hint === 'string' ? hint : 'The hint says it: each case has its own.' };
}

function brokenRule(name: string, type: ErrorClass, rule: string): Row {
  const { code, retry, hint, message } = new type(rule);
  const says = message.replace(/^Locking rule broken: /, '');
  return { code, name, retry, hint, when: `${says.slice(0, 1).toUpperCase()}${says.slice(1)}` };
}

function lockingRules(): string[] {
  const file = join(root, 'dist/src/errors/orchestration-errors.d.ts');
  const rule = declarationsOf(file).find(({ name }) => name === 'LockingRule');
  return (rule?.text.match(/'\w+'/g) ?? []).map((code) => code.slice(1, -1));
}
