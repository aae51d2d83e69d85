import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runner } from './program-runner.js';
import { firstTransfers, root, runSample } from './sample-programs.js';
import { hasMysql, newDatabase } from './servers/mysql.js';
import { hasPostgres, hasPostgresPrograms, newSchema } from './servers/postgres.js';

describe('samples on a server', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-samples-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  if (hasPostgresPrograms())
    describe('cluster', () => {
      it('three workers share the partitions, one is killed under load, and the books are right', async () => {
        // A small load: the change of workers is the subject.
        const load = ['--seconds', '4', '--in-flight', '2'];
        const { stdout, stderr, exitCode } = await runSample('cluster/main.js', load, folder);
        expect(stderr).to.equal('');
        expect(stdout)
          .to.contain('worker 3 works')
          .and.contain('SIGKILL of worker 2')
          .and.match(/[1-9]\d* transfers/)
          .and.match(/The books are right\.\n$/);
        expect(exitCode).to.equal(0);
      });
    });

  describe('bank', () => {
    const file = join(root, 'dist/samples/bank/main.js');

    /** The books of the same transfers in a database on a server, and in a file, are the same. */
    async function compareBooks(url: string): Promise<void> {
      const transfers = ['--transfers', await firstTransfers(folder, 100)];
      const books = [];
      for (const storage of [
        ['--storage', url],
        ['--database', 'bank.db'],
      ]) {
        const { stdout, stderr, exitCode } = await runner.run({ file, args: [...transfers, ...storage], cwd: folder });
        expect(stderr).to.equal('');
        expect(exitCode).to.equal(0);
        books.push(/^books: [0-9a-f]{64}$/m.exec(stdout)![0]);
      }
      expect(books[0]).to.equal(books[1]);
    }

    if (hasPostgres())
      it('keeps the same books in a PostgreSQL database', async () => {
        const { url, schema, drop } = await newSchema();
        try {
          const own = new URL(url);
          own.searchParams.set('options', `-c search_path="${schema.replaceAll(' ', '\\ ')}"`);
          await compareBooks(own.href);
        } finally {
          await drop();
        }
      });

    if (hasMysql())
      it('keeps the same books in a MySQL or MariaDB database', async () => {
        const { url, drop } = await newDatabase();
        try {
          await compareBooks(url);
        } finally {
          await drop();
        }
      });
  });
});
