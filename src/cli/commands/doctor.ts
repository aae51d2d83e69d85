/** The commands `doctor` and `migrate`: examine a database, and bring its tables up to date. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { packageVersion } from '../../core/package-version.js';
import { examineStorage, migrateStorage, type Examination } from '../../host/examine.js';
import { CliError } from '../cli-error.js';
import { noteLogger, storageOf } from '../connection/target.js';
import { safeText } from '../output/safe-text.js';
import type { Terminal } from '../output/terminal.js';
import { bytesText, countText, spanText } from '../output/times.js';
import { command, jsonFlag, optionalFlag, storageFlags, writeValue } from './command.js';

type Level = 'ok' | 'warning' | 'problem';

/** A finding of the doctor. */
interface Finding {
  readonly level: Level;
  readonly check: string;
  readonly finding: string;
  readonly hint: string | null;
}

const logBytesMax = 256 * 1024 * 1024;
const freeBytesMin = 256 * 1024 * 1024;

export const doctor = command<{ storage?: string; json?: boolean }>({
  brief: 'Examines a database: files, tables, locks, hosts, damage. Changes nothing. Exit code 1 if there is a problem',
  flags: { ...storageFlags, json: jsonFlag },
  async run(terminal, flags) {
    const storage = await storageOf(flags, terminal);
    const facts = await examineStorage(storage, (looked) => {
      if (terminal.around.stderr.isTTY === true) terminal.note(`\r${countText(looked)} rows read`);
    });
    if (terminal.around.stderr.isTTY === true) terminal.note('\r\u001b[K');
    const findings = [...findingsOf(facts), ...(await spaceOf(facts))];
    await writeValue(terminal, flags, { database: facts.database, findings }, () => shown(terminal, facts, findings));
    const problems = findings.filter(({ level }) => level === 'problem').length;
    if (problems > 0)
      throw new CliError('failed', `${problems} problem${problems === 1 ? '' : 's'} found.`, 'See the findings above.');
  },
});

function shown(terminal: Terminal, { database }: Examination, findings: readonly Finding[]): string {
  const styles = { ok: 'green', warning: 'yellow', problem: 'red' } as const;
  const lines = findings.flatMap(({ level, check, finding, hint }) => {
    const line = `${terminal.style(styles[level], level.padEnd(7))}  ${check.padEnd(12)}  ${safeText(finding)}`;
    return hint === null ? [line] : [line, `${' '.repeat(23)}→ ${safeText(hint)}`];
  });
  return [safeText(database), ...lines, ''].join('\n');
}

function findingsOf(facts: Examination): readonly Finding[] {
  return [
    versions(),
    ...tables(facts),
    ...damage(facts),
    ...hosts(facts),
    ...locks(facts),
    ...sizes(facts),
    ...rows(facts),
  ];
}

function ok(check: string, finding: string): Finding {
  return { level: 'ok', check, finding, hint: null };
}

function versions(): Finding {
  return ok(
    'versions',
    `durable-entities ${packageVersion}, Node ${process.version}, ${process.platform} ${process.arch}`,
  );
}

function tables({ tables, schema, format }: Examination): readonly Finding[] {
  const version = `version ${schema}, format ${format}`;
  switch (tables) {
    case 'current':
      return [ok('tables', `${version}: those of this package`)];
    case 'none':
      return [
        {
          level: 'problem',
          check: 'tables',
          finding: 'the database has no task hub',
          hint: 'Check the path. A host creates the tables when it starts.',
        },
      ];
    case 'old':
      return [
        {
          level: 'warning',
          check: 'tables',
          finding: `${version}: older than this package`,
          hint: 'Stop all hosts, then: durable-entities migrate. A host that starts migrates them too.',
        },
      ];
    case 'newer':
      return [
        {
          level: 'problem',
          check: 'tables',
          finding: `${version}: newer than this package`,
          hint: 'Update the package durable-entities.',
        },
      ];
  }
}

function damage({ kind, damage }: Examination): readonly Finding[] {
  if (damage.length === 0) return kind === 'sqlite' ? [ok('integrity', 'SQLite finds no damage')] : [];
  const hint =
    'Stop the hosts, copy the files away, and restore a backup. `sqlite3 FILE .recover` saves what can be read.';
  return [{ level: 'problem', check: 'integrity', finding: damage.join('; '), hint }];
}

function hosts({ isOwned, workers }: Examination): readonly Finding[] {
  const hosts = workers.filter(({ kind }) => kind === 'worker');
  const living = hosts.filter(({ leaseLeftMs }) => leaseLeftMs > 0);
  const findings: Finding[] = hosts.map(({ name, version, leaseLeftMs, seq }) => {
    const lease = leaseLeftMs > 0 ? `lease for ${spanText(leaseLeftMs)}` : `lease over since ${spanText(-leaseLeftMs)}`;
    const text = `${name}, version ${version ?? '?'}, ${countText(seq)} commits, ${lease}`;
    if (version !== null && version !== '' && version !== packageVersion)
      return { level: 'warning', check: 'host', finding: text, hint: `This command is version ${packageVersion}.` };
    if (leaseLeftMs > 0) return ok('host', text);
    return {
      level: 'warning',
      check: 'host',
      finding: text,
      hint: 'The process died or stands still. The next host takes over.',
    };
  });
  if (living.length === 0 && isOwned !== true)
    findings.push({
      level: 'warning',
      check: 'hosts',
      finding: 'no host runs',
      hint: 'Messages wait until a host starts.',
    });
  if (isOwned === true && living.length === 0)
    findings.push({
      level: 'warning',
      check: 'owner lock',
      finding: 'a process has the exclusive lock, but no host is alive',
      hint: 'A host starts, or a process stands still: lsof FILE-owner.',
    });
  return findings;
}

function locks({ isWriteLocked, transactions }: Examination): readonly Finding[] {
  const long = transactions.map(({ who, ms, doing }): Finding => {
    const hint = 'End it: it keeps old rows in the tables, and may hold locks that commits wait for.';
    return { level: 'warning', check: 'transaction', finding: `${who}: open for ${spanText(ms)} (${doing})`, hint };
  });
  if (!isWriteLocked) return [...long, ok('write lock', 'free')];
  const hint = 'A transaction of another program is open. Every commit waits for it: lsof FILE names its process.';
  return [...long, { level: 'problem', check: 'write lock', finding: 'held for more than a second', hint }];
}

function sizes({ sizes }: Examination): readonly Finding[] {
  const text = sizes.map(({ name, bytes }) => `${name.split(/[\\/]/).at(-1)} ${bytesText(bytes)}`).join(', ');
  const log = sizes.find(({ name }) => name.endsWith('-wal'));
  if (log === undefined || log.bytes <= logBytesMax) return [ok('sizes', text)];
  const hint = 'A reader that stays open keeps the log from being emptied: close long reads and backups.';
  return [{ level: 'warning', check: 'sizes', finding: text, hint }];
}

function rows({ unreadable, looked, deadLetters, tables }: Examination): readonly Finding[] {
  if (tables !== 'current') return [];
  const damaged = unreadable.map(({ table, id, problem }): Finding => {
    const hint = 'A newer version wrote it, or it is damaged. Everything else works on.';
    return { level: 'problem', check: 'row', finding: `${table} ${JSON.stringify(id)}: ${problem}`, hint };
  });
  const letters: Finding =
    deadLetters === 0
      ? ok('dead letters', 'none')
      : {
          level: 'warning',
          check: 'dead letters',
          finding: countText(deadLetters),
          hint: 'See: durable-entities dead-letters list.',
        };
  return [...damaged, ...(damaged.length === 0 ? [ok('rows', `${countText(looked)} can be read`)] : []), letters];
}

async function spaceOf({ kind, database }: Examination): Promise<readonly Finding[]> {
  if (kind !== 'sqlite') return [];
  const found = await statfs(dirname(database)).catch(() => undefined);
  if (found === undefined) return [];
  const free = found.bavail * found.bsize;
  if (free >= freeBytesMin) return [ok('disk', `${bytesText(free)} free`)];
  return [
    {
      level: 'warning',
      check: 'disk',
      finding: `${bytesText(free)} free`,
      hint: 'Make room: a commit that finds none fails.',
    },
  ];
}

export const migrate = command<{ storage?: string; check?: boolean; json?: boolean }>({
  brief: 'Creates or migrates the tables. With --check it only tells whether that is needed (exit code 1)',
  more: 'Hosts do the same when they start. This command does it before: for a user with more rights, or to see that it works.',
  flags: { ...storageFlags, json: jsonFlag, check: optionalFlag('Change nothing') },
  async run(terminal, flags) {
    const storage = await storageOf(flags, terminal);
    const before = await examineStorage(storage, () => {});
    const isCurrent = before.tables === 'current';
    if (flags.check !== true && !isCurrent) await migrateStorage(storage, noteLogger(terminal));
    const after = flags.check === true || isCurrent ? before : await examineStorage(storage, () => {});
    const { tables, schema, format } = after;
    const text = `${tables}: version ${schema ?? 'none'}, format ${format ?? 'none'}\n`;
    await writeValue(
      terminal,
      flags,
      { tables, schema: schema ?? null, format: format ?? null, before: before.schema ?? null },
      () => text,
    );
    if (tables !== 'current')
      throw new CliError(
        'failed',
        `The tables are ${tables === 'none' ? 'missing' : tables}.`,
        'Run: durable-entities migrate.',
      );
  },
});
