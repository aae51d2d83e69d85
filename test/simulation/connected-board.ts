import type { Board } from '../engine/senders.js';
import type { Seeded } from '../../src/testing/seeded.js';
import { Process, type World } from '../engine/world.js';

/** The board of a client in a process without a host. When that process dies, the client continues in a new one. */
export class ConnectedBoard implements Board {
  private process: Promise<Process> | undefined;

  constructor(
    readonly world: World,
    private readonly random: Seeded,
  ) {}

  current(): Promise<Process> {
    this.process ??= this.connect();
    return this.process;
  }

  private async connect(): Promise<Process> {
    const { client, intake, store, clock } = await this.world.connect();
    let dead = () => {};
    const died = new Promise<void>((resolve) => (dead = resolve));
    const die = () => {
      clock.alive = false;
      store.kill();
      this.process = undefined;
      dead();
    };
    store.onCrash = die;
    // It has an intake and no engine; clients ask for neither.
    return new Process(intake as never, client, store, clock, died, die);
  }

  lost(process: Process): void {
    process.die();
  }

  /** Kills the process, if there is one, at any moment within this time. */
  async strike(withinMs: number): Promise<void> {
    await this.world.time.turns(this.random.below(withinMs));
    (await this.process)?.die();
  }
}
