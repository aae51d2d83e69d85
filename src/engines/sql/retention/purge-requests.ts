/** Handles purge requests of clients, in steps that give way to other work. */
import type { PurgeAnswer, PurgeMessage } from '../model/messages.js';
import { hasEnded, type RuntimeStatus } from '../../../model/runtime-status.js';
import type { Message } from '../live/message.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { WaitingRequests } from '../outgoing/waiting-requests.js';
import type { Load } from './load.js';
import type { Purge } from './purge.js';

export class PurgeRequests {
  private working = false;

  constructor(
    private readonly term: WorkerTerm,
    private readonly waiting: WaitingRequests,
    private readonly purge: Purge,
    private readonly load: Load,
  ) {}

  /** Starts to work on the next request. Called by the loop. */
  start(): void {
    if (this.working) return;
    const message = this.waiting.takePurge();
    if (message === undefined) return;
    this.working = true;
    this.work(message).then(
      () => {
        this.working = false;
        this.term.wake();
      },
      (error: unknown) => this.term.end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  private async work(message: Message<PurgeMessage>): Promise<void> {
    const { term } = this;
    const versions = new Map(message.body.runs);
    const ids = [...versions.keys()];
    const answer = { purged: 0, left: [] as string[] };
    for (let from = 0; from < ids.length;) {
      const { rows, pauseMs } = this.load.step();
      const some = ids.slice(from, from + rows);
      const { purged, left } = await this.purge.purge(
        some,
        ({ id, version, status }) => hasEnded(status as RuntimeStatus) && version === versions.get(id),
      );
      if (term.ended !== undefined) return;
      answer.purged += purged;
      answer.left = answer.left.concat(left);
      from += rows;
      if (pauseMs > 0 && from < ids.length)
        await new Promise<void>((resolve) => term.ports.clock.setTimer(pauseMs, resolve));
    }
    this.load.ignore(message.row);
    term.applied(message, JSON.stringify(answer satisfies PurgeAnswer));
    term.consume(message);
  }
}
