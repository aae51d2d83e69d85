/**
 * Kills the bank with SIGKILL, over and over, and looks for what was lost or doubled.
 *
 *   npm run kill-test -- --cycles 200 [--seed 7] [--transfers 2000]
 *
 * A cycle is one start of the bank that is to be killed at a drawn moment. After a kill near its end the bank is let finish;
 * then its file is inspected, and the next cycle begins with a new one.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readAccounts, readTransfers } from '../../samples/bank/ledger-files.js';
import { BankProcess, phases, type Exit, type Phase } from './bank-process.js';
import { bookProblems, lostTransfers, rowProblems, type Ledger } from './inspection.js';
import { drawMoment, durationsOf, waitFor, type Durations } from './moment.js';
import { randomFrom } from './random.js';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    transfers: { type: 'string', default: '2000' },
  },
});
const [cycles, seed, transferCount] = [values.cycles, values.seed, values.transfers].map(Number) as [
  number,
  number,
  number,
];
const samples = fileURLToPath(new URL('../../../samples/bank/', import.meta.url));
const inFlightChoices = [8, 64, 1000];

/** One file, from the first start of a bank to its finish. */
interface Story {
  readonly database: string;
  lives: number;
  /** Outcomes by transfer id, as any life told them. */
  readonly told: Map<string, string>;
}

class KillTest {
  readonly kills = new Map<Phase, number>();
  misses = 0;
  finished = 0;
  acknowledged = 0;
  lost = 0;
  readonly problems: string[] = [];
  private readonly random = randomFrom(seed);
  private stories = 0;
  private durations: Durations = { startUp: 0, opening: 0, end: 0 };
  private books = '';

  constructor(
    private readonly folder: string,
    private readonly ledger: Ledger,
  ) {}

  async run(): Promise<void> {
    await this.undisturbed();
    let story = this.newStory();
    for (let cycle = 1; cycle <= cycles && this.problems.length < 20; cycle++) {
      const isOver = await this.cycle(story);
      if (cycle % 20 === 0) console.log(`${cycle} of ${cycles} cycles`);
      if (!isOver && cycle < cycles) continue;
      if (story.lives > 0) await this.finish(story);
      story = this.newStory();
    }
  }

  /** What every other run must end in, and how long its phases are. */
  private async undisturbed(): Promise<void> {
    const story = this.newStory();
    const bank = this.start(story, 1000);
    this.checkExit(story, await bank.ended, bank);
    this.durations = durationsOf(bank);
    this.books = bank.books ?? 'none';
    const { startUp, opening, end } = this.durations;
    const ms = [startUp, opening, bank.elapsedMs - startUp - opening - end, end].map(Math.round);
    console.log(`undisturbed: ${phases.map((phase, i) => `${phase} ${ms[i]} ms`).join(', ')}; books: ${this.books}`);
    await this.inspect(story, bank);
  }

  /** Resolves with whether the file's story is over but for its finish. */
  private async cycle(story: Story): Promise<boolean> {
    const moment = drawMoment(this.random);
    const bank = this.start(story, inFlightChoices[Math.floor(this.random() * inFlightChoices.length)]!);
    await waitFor(moment, bank, this.durations, story.told.size, this.ledger.transfers.length);
    bank.kill();
    const exit = await bank.ended;
    this.hearOutcomes(story, bank);
    if (exit.signal !== 'SIGKILL') {
      this.misses++;
      this.checkExit(story, exit, bank);
      return true;
    }
    this.kills.set(bank.phase, (this.kills.get(bank.phase) ?? 0) + 1);
    if (bank.complaints !== '') this.problems.push(`${story.database}: stderr: ${bank.complaints}`);
    const lost = await lostTransfers(story.database, bank.acknowledged, join(this.folder, 'copy'));
    this.acknowledged += bank.acknowledged.size;
    this.lost += lost.length;
    if (lost.length > 0) this.problems.push(`${story.database}: acknowledged and lost: ${lost.slice(0, 5).join(', ')}`);
    return moment.phase === 'end';
  }

  /** The last start of a file: nobody kills it. */
  private async finish(story: Story): Promise<void> {
    const bank = this.start(story, 1000);
    this.checkExit(story, await bank.ended, bank);
    this.hearOutcomes(story, bank);
    await this.inspect(story, bank);
    this.finished++;
  }

  private async inspect(story: Story, bank: BankProcess): Promise<void> {
    const found = [
      ...(bank.books === this.books ? [] : [`the books differ: ${bank.books}`]),
      ...(await rowProblems(story.database, this.ledger, story.lives)),
      ...(await bookProblems(story.database, this.ledger, bank.acknowledged)),
    ];
    for (const problem of found) this.problems.push(`${story.database}: ${problem}`);
    if (found.length > 0) return;
    for (const suffix of ['', '-wal', '-shm', '-owner']) await rm(story.database + suffix, { force: true });
  }

  private hearOutcomes(story: Story, bank: BankProcess): void {
    for (const [id, outcome] of bank.acknowledged) {
      const before = story.told.get(id);
      if (before !== undefined && before !== outcome) {
        this.problems.push(`${story.database}: ${id} was ${before} in one life and ${outcome} in another`);
      }
      story.told.set(id, outcome);
    }
  }

  private checkExit(story: Story, { code, signal }: Exit, bank: BankProcess): void {
    if (code === 0 && bank.complaints === '') return;
    this.problems.push(`${story.database}: ended with ${code ?? signal}: ${bank.complaints}`);
  }

  private start(story: Story, inFlight: number): BankProcess {
    story.lives++;
    return new BankProcess({ database: story.database, transfers: join(this.folder, 'transfers.csv'), inFlight });
  }

  private newStory(): Story {
    return { database: join(this.folder, `bank-${this.stories++}.db`), lives: 0, told: new Map() };
  }
}

const folder = await mkdtemp(join(tmpdir(), 'durable-entities-kill-'));
const accounts = await readAccounts(join(samples, 'accounts.csv'));
const transfers = (await readTransfers(join(samples, 'transfers.csv'))).slice(0, transferCount);
const rows = transfers.map(({ id, from, to, amount }) => `${id},${from},${to},${amount}\n`);
await writeFile(join(folder, 'transfers.csv'), `id,from,to,amount\n${rows.join('')}`);

console.log(
  `kill-test: ${cycles} cycles, seed ${seed}, ${transfers.length} transfers between ${accounts.length} accounts`,
);
const startedAt = performance.now();
const test = new KillTest(folder, { accounts, transfers });
await test.run();

const kills = [...test.kills.values()].reduce((sum, count) => sum + count, 0);
const done = kills + test.misses;
if (kills * 2 < done) test.problems.push(`only ${kills} of ${done} kills hit a running bank: this shows nothing`);
console.log(`cycles                 ${done} in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
console.log(`kills                  ${kills}: ${phases.map((p) => `${p} ${test.kills.get(p) ?? 0}`).join(', ')}`);
console.log(`finished before a kill ${test.misses}`);
console.log(`files finished         ${test.finished}, each inspected`);
console.log(`acknowledged before a kill ${test.acknowledged}, of these lost: ${test.lost}`);
for (const problem of test.problems.slice(0, 20)) console.log(`PROBLEM ${problem}`);
if (test.problems.length > 20) console.log(`... and ${test.problems.length - 20} more`);
console.log(
  test.problems.length === 0 ? 'nothing lost, nothing doubled' : `repeat with --seed ${seed}; files in ${folder}`,
);
if (test.problems.length === 0) await rm(folder, { recursive: true });
process.exitCode = test.problems.length === 0 ? 0 : 1;
