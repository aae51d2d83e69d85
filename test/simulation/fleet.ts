/** Processes that want to work on one database: those that end are started again, until the world heals. */
import type { Board } from '../engine/senders.js';
import type { Seeded } from '../../src/testing/seeded.js';
import type { Process, World } from '../engine/world.js';

/** The longest time in ms that a process may continue after it has lost its partitions. */
const patienceMs = 20_000;

/** A process in its place. */
interface Place {
  process: Process | undefined;
}

export class Fleet implements Board {
  private readonly places: Place[] = [];
  private waiting: (() => void)[] = [];
  private over = false;
  private chosen: Process | undefined;
  private chosenAt = 0;
  /** Those that own the partitions, or do not know better. */
  private readonly worked = new Set<Process>();
  starts = 0;

  constructor(
    readonly world: World,
    private readonly random: Seeded,
    private readonly options: () => Parameters<World['start']>[0],
    /** How often a client does not go to the owner of the partitions, but to any process. */
    private readonly straying = 0.1,
    /** Whether all processes work, each on some of the partitions. */
    private readonly several = false,
    /** Called right before a process starts in a place: 0, 1, 2 … */
    private readonly starting: (place: number) => void = () => {},
  ) {}

  /** Every process that has started and not ended. */
  get processes(): Process[] {
    return this.places.flatMap(({ process }) => process ?? []);
  }

  /** The one that owns the partitions now. Of several workers: one of those that own some. */
  get owner(): Process | undefined {
    const { partitions } = this.world.database;
    return this.ownerOf(this.several ? this.random.below(partitions.length) : 0);
  }

  ownerOf(partition: number): Process | undefined {
    const { partitions } = this.world.database;
    return this.processes.find(({ store }) => store.incarnation === partitions[partition]?.owner);
  }

  /** Keeps so many processes going. */
  keep(count: number): void {
    for (let i = 0; i < count; i++) {
      const place: Place = { process: undefined };
      this.places.push(place);
      void this.live(place, i);
    }
  }

  private async live(place: Place, number: number): Promise<void> {
    while (!this.over) {
      this.starts++;
      this.starting(number);
      try {
        const process = await this.world.begin(this.options());
        if (this.over) return process.die();
        place.process = process;
        this.wake();
        this.worked.add(process);
        await process.died;
        place.process = undefined;
      } catch {
        // It died of a fault, or another one works: it tries again.
      }
      await this.world.time.turns(300 + this.random.below(2_000));
    }
  }

  /**
   * Another process has taken over the partitions of this process. This process continues for a while, then it is ended, as an operator would do:
   * its clients may wait for messages that were applied elsewhere.
   */
  private async overtaken(process: Process): Promise<void> {
    await this.world.time.turns(this.random.below(patienceMs));
    await process.clock.awake();
    process.die();
  }

  /** The partitions have a new owner. */
  acquired(incarnation: number): void {
    for (const process of this.processes)
      if (process.store.incarnation !== incarnation && this.worked.delete(process)) void this.overtaken(process);
  }

  /** No process is started any more. */
  end(): void {
    this.over = true;
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Mostly the one that works; now and then one that has lost its partitions and may not know it yet. */
  async current(): Promise<Process> {
    for (;;) {
      // Messages that are sent at the same time go to the same process. Otherwise they would have no order.
      const { activity } = this.world.time;
      if (this.chosen !== undefined && this.chosenAt === activity && this.processes.includes(this.chosen))
        return this.chosen;
      const chosen = this.choose();
      if (chosen !== undefined) {
        this.chosen = chosen;
        this.chosenAt = activity;
        return chosen;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private choose(): Process | undefined {
    const running = this.processes.filter(({ clock }) => !clock.paused);
    const { owner: owning } = this;
    const owner = running.find((process) => process === owning);
    if (owner !== undefined && !this.random.chance(this.straying)) return owner;
    return running.length > 0 ? this.random.pick(running) : undefined;
  }

  lost(process: Process): void {
    process.die();
  }

  pause(process: Process): void {
    process.clock.pause();
  }

  resume(process: Process): void {
    process.clock.resume();
    this.wake();
  }
}
