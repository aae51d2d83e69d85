import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { BankProcess } from './bank-process.js';
import { bundled } from './bundled.js';
import { runner, type ProgramOutput } from './program-runner.js';
import { firstTransfers, root, runSample } from './sample-programs.js';

/** The behaviour that each sample shows, with its numbers in the checklist. */
const shown: Readonly<Record<string, string>> = {
  '00-first-steps': 'the program of the README runs',
  '01-counter-function': 'S173 S174 S177 S181 S182 a counter is a function',
  '02-counter-class': 'S175 S176 S178 S180 a counter is a class, or a function that dispatches to one',
  '03-counter-task-entity': 'S179 a TaskEntity<number> has an injected log',
  '04-signal-and-read': 'S183 S184 S185 S186 a client signals, and reads the state or learns that there is none',
  '05-signal-then-call':
    'S187 S188 S194 S195 S196 S197 an orchestration signals, then calls, by strings and by proxies',
  '06-milestone-monitor': 'S189 S191 an entity signals a monitor and starts an orchestration at its milestone',
  '07-transfer': 'S160 S190 a transfer is whole or not at all',
  '08-delete-and-get': 'S192 S193 S195 a client deletes an entity and reads it',
  '10-http-fastify': 'S183 S184 S185 S186 S192 S193 S195 a web server signals, reads and deletes',
  '11-queue-client': 'S183 a message of a queue is one signal, however often it is delivered',
  '12-user-with-contacts': 'S198 S199 a state has nested classes, a Map and a Date, and a contract or none',
  '13-custom-initialisation': 'S119 S200 an entity begins with a state of its own, again after deletion',
  '14-blob-backed': 'S120 S121 S201 an entity is given a container of blobs that it does not store',
  '15-http-entity-with-di': 'S122 S202 an entity calls the web with an injected client',
  '20-order-saga': 'an order ends whole, or is undone step by step',
  '21-shopping-cart': 'paying locks cart and stock',
  '22-rate-limiter': 'plain code asks an entity for permission',
  '23-device-monitor': 'a reminder finds silent devices, and a heartbeat outdates it',
  '24-multiplayer-score': 'many players score, and the season gathers them',
};

/** Ids that are new in each run. */
function withoutIds(text: string): string {
  return text.replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<id>');
}

describe('samples', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-samples-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('each numbered sample is run by this test', async () => {
    const folders = (await readdir(join(root, 'samples'))).filter((name) => /^\d\d-/.test(name));
    expect(folders.sort()).to.deep.equal(Object.keys(shown).sort());
  });

  describe('numbered', () => {
    for (const [sample, what] of Object.entries(shown)) {
      it(`${sample}: ${what}`, async () => {
        const expected = await readFile(join(root, 'samples', sample, 'expected.txt'), 'utf8');
        const output = await runner.run({ file: join(root, 'dist/samples', sample, 'main.js'), cwd: folder });
        expect(output.stderr).to.equal('');
        expect(withoutIds(output.stdout)).to.equal(withoutIds(expected));
        expect(output.exitCode).to.equal(0);
      });
    }
  });

  describe('bank', () => {
    const bankData = join(root, 'samples/bank');

    const runBank = (args: readonly string[]): Promise<ProgramOutput> =>
      runner.run({ file: join(root, 'dist/samples/bank/main.js'), args, cwd: folder });

    it('the committed data are what make-transfers writes', async () => {
      const { exitCode } = await runSample('bank/make-transfers.js', ['--folder', folder], folder);
      expect(exitCode).to.equal(0);
      for (const file of ['accounts.csv', 'transfers.csv']) {
        const [made, committed] = await Promise.all([readFile(join(folder, file)), readFile(join(bankData, file))]);
        expect(made.equals(committed), file).to.equal(true);
      }
    });

    it('ends in the same books whatever is in flight, and repeats nothing when it is started again', async () => {
      const transfers = await firstTransfers(folder, 150);
      const run = async (database: string, inFlight: number): Promise<string> => {
        const args = ['--transfers', transfers, '--database', database, '--in-flight', String(inFlight)];
        const output = await runBank(args);
        expect(output.stderr).to.equal('');
        expect(output.exitCode).to.equal(0);
        expect(output.stdout)
          .to.match(/conservation of money.*holds/)
          .and.match(/insufficient funds.*[1-9]/);
        return /^books: [0-9a-f]{64}$/m.exec(output.stdout)![0];
      };
      const books = await run('wide.db', 1000);
      expect(await run('narrow.db', 3)).to.equal(books);
      expect(await run('wide.db', 1000)).to.equal(books);
    });

    it('tells what is wrong with its arguments', async () => {
      const { exitCode, stdout } = await runSample(await bundled('samples/bank/main'), ['--in-flight', 'many'], folder);
      expect(exitCode).to.equal(2);
      expect(stdout).to.contain('--in-flight').and.contain('Usage');
    });

    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      it(`with --keep serves the dashboard after its end, and ends in good order on ${signal}`, async () => {
        const arguments_ = {
          database: join(folder, 'kept.db'),
          transfers: await firstTransfers(folder, 50),
          inFlight: 10,
        };
        const kept = await BankProcess.start({ ...arguments_, keep: true });
        await kept.until(() => kept.isKept);
        expect(kept.acknowledged.size).to.equal(50);
        expect(kept.books).to.match(/^[0-9a-f]{64}$/);
        expect(kept.dashboard).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
        const [id = ''] = kept.acknowledged.keys();
        const run = await fetch(`${kept.dashboard}/api/v1/runs/${id}`);
        expect(await run.json()).to.deep.include({ instanceId: id, runtimeStatus: 'completed' });
        kept.kill(signal);
        expect(await kept.ended).to.deep.equal({ code: 0, signal: null });
        expect(kept.complaints).to.equal('');
        const { database, transfers } = arguments_;
        const again = await runBank(['--database', database, '--transfers', transfers, '--print']);
        expect(again.exitCode).to.equal(0);
        expect(again.stdout).to.contain(`books: ${kept.books}\n`).and.not.contain('Dashboard: ');
      });
    }

    it('killed with SIGKILL in the middle and started again, ends in the books of a run that nobody disturbed', async () => {
      const transfers = await firstTransfers(folder, 200);
      const start = (name: string): Promise<BankProcess> =>
        BankProcess.start({ database: join(folder, name), transfers, inFlight: 50 });

      const undisturbed = await runBank(['--database', 'undisturbed.db', '--transfers', transfers, '--print']);
      expect(undisturbed.exitCode).to.equal(0);

      const killed = await start('killed.db');
      await killed.until(() => killed.acknowledged.size >= 50);
      killed.kill();
      expect(await killed.ended).to.deep.equal({ code: null, signal: 'SIGKILL' });
      expect(killed.books).to.equal(undefined);

      const again = await start('killed.db');
      expect(await again.ended).to.deep.equal({ code: 0, signal: null });
      expect(again.complaints).to.equal('');
      expect(again.books).to.match(/^[0-9a-f]{64}$/);
      expect(undisturbed.stdout).to.contain(`books: ${again.books}\n`);
      for (const [id, outcome] of killed.acknowledged) expect(again.acknowledged.get(id), id).to.equal(outcome);
    });
  });
});
