/** Runs the cycles: draws a kind, harms its story once, and brings each story to its end now and then. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openStory, type FaultKind } from './fault-kind.js';
import type { ChaosOptions } from './options.js';
import type { Processes } from './processes.js';
import { randomFrom } from './random.js';
import { Tally } from './tally.js';

const problemsMax = 20;
const progressEveryMs = 5_000;

export class Chaos<Story extends Processes> {
  readonly tally = new Tally();
  private readonly random: () => number;
  private readonly current = new Map<FaultKind<Story>, { readonly story: Story; cycles: number }>();
  private opened = 0;
  private readonly startedAt = performance.now();
  private toldAt = this.startedAt;

  constructor(
    private readonly options: ChaosOptions,
    private readonly folder: string,
    private readonly kinds: readonly FaultKind<Story>[],
    private readonly makeStory: (folder: string, seed: number) => Promise<Story>,
  ) {
    this.random = randomFrom(options.seed);
  }

  async run(): Promise<void> {
    const { cycles, limitMs } = this.options;
    for (let cycle = 0; cycle < cycles && this.tally.problems.length < problemsMax; cycle++) {
      if (performance.now() - this.startedAt > limitMs) {
        this.tally.problem('run', `only ${cycle} of ${cycles} cycles in the time that it had`);
        break;
      }
      await this.cycle(this.nextKind(cycle));
      this.tellProgress(cycle + 1);
    }
    for (const kind of this.current.keys()) await this.end(kind);
    this.tally.checkNotVacuous();
  }

  /** Each kind comes at least once, if there are cycles enough. */
  private nextKind(cycle: number): FaultKind<Story> {
    if (this.options.place === 'sqlite') return this.kinds[cycle] ?? this.drawKind();
    // The processes of several stories at once would be too many for one machine.
    const [current] = this.current.keys();
    return current ?? this.kinds[this.opened] ?? this.drawKind();
  }

  private cyclesPerStory({ cyclesPerStory }: FaultKind<Story>): number {
    const { place, cycles } = this.options;
    return place === 'sqlite' ? cyclesPerStory : Math.min(cyclesPerStory, Math.ceil(cycles / this.kinds.length));
  }

  private drawKind(): FaultKind<Story> {
    let drawn = this.random() * this.kinds.reduce((sum, { weight }) => sum + weight, 0);
    return this.kinds.find(({ weight }) => (drawn -= weight) < 0) ?? (this.kinds[0] as FaultKind<Story>);
  }

  private async cycle(kind: FaultKind<Story>): Promise<void> {
    const { tally } = this;
    tally.cycle(kind.name);
    const entry = this.current.get(kind) ?? (await this.open(kind));
    entry.cycles++;
    try {
      await kind.cycle({ story: entry.story, random: this.random, tally });
    } catch (error) {
      return this.giveUp(kind, entry.story, error as Error);
    }
    if (entry.cycles >= this.cyclesPerStory(kind)) await this.end(kind);
  }

  private async open(kind: FaultKind<Story>): Promise<{ readonly story: Story; cycles: number }> {
    const number = this.opened++;
    const story = await openStory(
      kind,
      join(this.folder, `${kind.name}-${number}`),
      this.options.seed + 1_000 * number,
      this.makeStory,
    );
    const entry = { story, cycles: 0 };
    this.current.set(kind, entry);
    return entry;
  }

  private async end(kind: FaultKind<Story>): Promise<void> {
    const { story } = this.current.get(kind) as { story: Story };
    try {
      const found = await story.finish();
      this.tally.stories++;
      this.count(story);
      for (const what of found) this.tally.problem(story.folder, what);
      this.current.delete(kind);
      await story.close();
      if (found.length === 0) await rm(story.folder, { recursive: true });
    } catch (error) {
      await this.giveUp(kind, story, error as Error);
    }
  }

  /** Its folder stays as it is. */
  private async giveUp(kind: FaultKind<Story>, story: Story, error: Error): Promise<void> {
    this.tally.problem(story.folder, `${error.name}: ${error.message}`);
    this.count(story);
    this.current.delete(kind);
    await story.close().catch((failed: Error) => this.tally.problem(story.folder, failed.message));
  }

  private count(story: Story): void {
    for (const entries of story.histories().values())
      this.tally.acknowledged += entries.filter(({ done }) => done !== undefined).length;
  }

  private tellProgress(cycle: number): void {
    if (performance.now() - this.toldAt < progressEveryMs) return;
    this.toldAt = performance.now();
    const seconds = (this.toldAt - this.startedAt) / 1_000;
    const { acknowledged, problems } = this.tally;
    console.log(
      `${cycle} of ${this.options.cycles} cycles, ${(seconds / cycle).toFixed(2)} s each, ${acknowledged} acknowledged, ${problems.length} problems`,
    );
  }
}
