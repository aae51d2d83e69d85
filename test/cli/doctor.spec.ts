import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import sqlite3 from 'sqlite3';
import { DurableHost, EntityId } from '../../src/index.js';
import { Folder, quietLogger } from './command-line.js';
import { register } from './code.js';

interface Finding {
  readonly level: string;
  readonly check: string;
  readonly finding: string;
  readonly hint: string | null;
}

/** A connection of another program. */
class Foreign {
  private constructor(private readonly database: sqlite3.Database) {}

  static open(file: string): Promise<Foreign> {
    return new Promise((resolve, reject) => {
      const database = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(new Foreign(database))));
    });
  }

  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.database.exec(sql, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.database.close((error) => (error ? reject(error) : resolve()));
    });
  }
}

describe('doctor and migrate', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  async function makeHub(): Promise<void> {
    const host = await DurableHost.start({ storage: folder.file('hub.db'), register, logger: quietLogger });
    await host.client.callEntity(new EntityId('counter', 'a'), 'add', 1);
    await (await host.client.startNew('Sum', { input: 1, instanceId: 'sum' })).result();
    await host.stop();
  }

  async function examine(): Promise<{ code: number; findings: readonly Finding[] }> {
    const { code, stdout } = await folder.run(['doctor', '--json']);
    return { code, findings: (JSON.parse(stdout) as { findings: Finding[] }).findings };
  }

  const named = (findings: readonly Finding[], check: string) => findings.find((each) => each.check === check);

  it('a healthy task hub without a host has no problem, and the only database of the folder is found', async () => {
    await makeHub();
    const { code, findings } = await examine();
    expect(code).to.equal(0);
    expect(findings.filter(({ level }) => level === 'problem')).to.deep.equal([]);
    expect(named(findings, 'tables')).to.include({ level: 'ok' });
    expect(named(findings, 'integrity')).to.include({ level: 'ok' });
    expect(named(findings, 'rows')?.finding).to.match(/^[2-9] can be read$/);
    expect(named(findings, 'hosts')).to.include({ level: 'warning', finding: 'no host runs' });
    const text = await folder.run(['doctor'], { columns: 100 });
    expect(text.stdout).to.include('hub.db\n').and.include('\u001b[32mok');
  });

  it('a running host is named, and is not disturbed', async () => {
    await makeHub();
    const host = await DurableHost.start({ storage: folder.file('hub.db'), register, logger: quietLogger });
    try {
      const { code, findings } = await examine();
      expect(code).to.equal(0);
      expect(named(findings, 'host')?.finding).to.include(String(process.pid));
      expect(await host.client.callEntity(new EntityId('counter', 'a'), 'get')).to.equal(3);
      expect(host.role).to.equal('active');
    } finally {
      await host.stop();
    }
  });

  it('rows that cannot be read are problems with their ids and reasons', async () => {
    await makeHub();
    const foreign = await Foreign.open(folder.file('hub.db'));
    await foreign.exec(`UPDATE de_instance SET state = '{"name":' WHERE id = 'sum';
      UPDATE de_instance SET meta = '{"lock":1}' WHERE id = '@counter@a';
      INSERT INTO de_inbox (id, partition, target, attempts, body) VALUES (-5, 0, '@counter@a', 0, '{"kind":"dance"}')`);
    await foreign.close();
    const { code, findings } = await examine();
    expect(code).to.equal(1);
    const rows = findings.filter(({ check }) => check === 'row').map(({ finding }) => finding);
    expect(rows.map((finding) => finding.split(':')[0])).to.have.members([
      'instance "@counter@a"',
      'instance "sum"',
      'inbox "-5"',
    ]);
  });

  it('a transaction of another program that holds the lock for writing is a problem', async () => {
    await makeHub();
    const foreign = await Foreign.open(folder.file('hub.db'));
    await foreign.exec('BEGIN IMMEDIATE');
    const { code, findings } = await examine();
    await foreign.exec('ROLLBACK');
    await foreign.close();
    expect(code).to.equal(1);
    expect(named(findings, 'write lock')).to.include({ level: 'problem' });
    expect((await examine()).code).to.equal(0);
  });

  it('a damaged file, a file that is no database, and one without tables are told apart', async () => {
    writeFileSync(folder.file('text'), 'no database at all, but long enough to be read as one'.repeat(100));
    const text = await folder.run(['doctor', '--storage', 'text']);
    expect(text.code).to.equal(1);
    expect(text.stderr).to.include('not a database');
    const foreign = await Foreign.open(folder.file('other'));
    await foreign.exec('CREATE TABLE x (y)');
    await foreign.close();
    const other = await folder.run(['doctor', '--storage', 'other', '--json']);
    expect(other.code).to.equal(1);
    expect(other.stdout).to.include('the database has no task hub');
  });

  it('tables whose migrations have not all run are a warning, and migrate --check says so and changes nothing', async () => {
    await makeHub();
    const foreign = await Foreign.open(folder.file('hub.db'));
    await foreign.exec("DELETE FROM de_migrations WHERE name LIKE 'FormatTwo%'");
    await foreign.close();
    expect(named((await examine()).findings, 'tables')).to.include({ level: 'warning' });
    expect(await folder.run(['migrate', '--check'])).to.include({ code: 1 });
    expect(named((await examine()).findings, 'tables')).to.include({ level: 'warning' });
  });

  it('migrate creates the tables of an empty file, and has nothing to do afterwards', async () => {
    writeFileSync(folder.file('new.db'), '');
    expect(await folder.run(['migrate', '--check', '--storage', 'new.db'])).to.include({ code: 1 });
    expect(await folder.run(['migrate', '--storage', 'new.db', '--json'])).to.include({ code: 0 });
    const again = await folder.run(['migrate', '--check', '--json']);
    expect(again.code).to.equal(0);
    expect(again.json).to.include({ tables: 'current' });
  });

  it('tables of a newer version are a problem', async () => {
    await makeHub();
    const foreign = await Foreign.open(folder.file('hub.db'));
    await foreign.exec('UPDATE de_task_hub SET schema_version = 99, min_reader = 99');
    await foreign.close();
    const { code, findings } = await examine();
    expect(code).to.equal(1);
    expect(named(findings, 'tables')).to.include({ level: 'problem', hint: 'Update the package durable-entities.' });
  });
});
