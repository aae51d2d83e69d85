/** Counts what was done and seen, and says whether that was enough to show anything. */
import Table from 'cli-table3';

const shownMax = 30;

export interface Problem {
  readonly where: string;
  readonly what: string;
}

export class Tally {
  readonly cycles = new Map<string, number>();
  readonly faults = new Map<string, number>();
  private readonly details = new Map<string, number>();
  readonly problems: Problem[] = [];
  stories = 0;
  acknowledged = 0;
  /** From the death (or halt) of who served, or the start of who follows, to the next acknowledgement, by how the work went on. */
  private readonly takeoversMs = new Map<string, number[]>();

  cycle(kind: string): void {
    add(this.cycles, kind);
  }

  fault(name: string): void {
    add(this.faults, name);
  }

  /** Something about the faults that the table tells too. */
  detail(name: string, count = 1): void {
    add(this.details, name, count);
  }

  takeover(how: string, ms: number): void {
    const all = this.takeoversMs.get(how) ?? [];
    all.push(ms);
    this.takeoversMs.set(how, all);
  }

  problem(where: string, what: string): void {
    this.problems.push({ where, what });
    // Told at once: a long run may be watched.
    if (this.problems.length <= shownMax) console.log(`PROBLEM ${where}: ${what}`);
  }

  get cycleCount(): number {
    return [...this.cycles.values()].reduce((sum, count) => sum + count, 0);
  }

  /** An idle run shows nothing: too few acknowledgements, faults or takeovers are a problem of their own. */
  checkNotVacuous(): void {
    const { cycleCount } = this;
    const faults = [...this.faults].reduce((sum, [name, count]) => sum + (name.endsWith(missed) ? 0 : count), 0);
    const vacuous = (what: string) => this.problem('run', `${what}: this shows nothing`);
    if (cycleCount === 0) return vacuous('no cycle was run');
    if (this.acknowledged < 20 * cycleCount) vacuous(`only ${this.acknowledged} acknowledged in ${cycleCount} cycles`);
    if (faults * 2 < cycleCount) vacuous(`only ${faults} faults in ${cycleCount} cycles`);
    const kills = this.cycles.get('kill') ?? 0;
    const restarts = this.takeoversMs.get('a new process')?.length ?? 0;
    // Of a few kills each may come before its process has acknowledged anything.
    if (kills >= 8 && restarts * 4 < kills)
      vacuous(`only ${restarts} of ${kills} kills were followed by a process that acknowledged`);
  }

  table(): string {
    const table = new Table({
      colAligns: ['left', 'right'],
      chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
      style: { border: [] },
    });
    table.push(['cycles', this.cycleCount], ['stories brought to their end', this.stories]);
    for (const counts of [this.faults, this.details])
      for (const [name, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
        table.push([`  ${name}`, count]);
    table.push(
      ['acknowledged', this.acknowledged],
      ['lost', this.countOf('lost')],
      ['doubled', this.countOf('doubled')],
    );
    table.push(['other problems', this.problems.length - this.countOf('lost') - this.countOf('doubled')]);
    for (const [how, all] of this.takeoversMs) table.push([`takeover by ${how}: min / median / max`, spread(all)]);
    return table.toString();
  }

  private countOf(word: string): number {
    return this.problems.filter(({ what }) => what.startsWith(word)).length;
  }
}

/** Ends the name of a fault that came too late to harm anything. */
export const missed = '(missed)';

function add(counts: Map<string, number>, name: string, count = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function spread(all: readonly number[]): string {
  const sorted = all.toSorted((a, b) => a - b);
  const [min, median, max] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((ms) => Math.round(ms ?? 0));
  return `${min} / ${median} / ${max} ms`;
}
