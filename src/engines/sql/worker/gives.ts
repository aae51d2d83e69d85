/**
 * Gives partitions to other workers.
 *
 *   owned --marked--> leaving: nothing is started outside for it --nothing runs outside--> given with the next batch
 *                             --too long--> owned again
 *
 * Polls and turns go on until the batch is sealed: the messages that wait in a leaving partition may be the causes of others. From the
 * sealing on, not from the commit, the partition belongs to the next worker. If that batch fails, the term ends, so nothing is taken back.
 */
import { partitionOf } from '../core/partition.js';
import type { SealedBatch } from '../commit/sealing.js';
import type { Receipts } from '../inbox/receipts.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Message } from '../live/message.js';
import type { Activities } from '../outgoing/activities.js';
import { handOverAway } from './hand-over.js';
import type { Relay } from '../ports/intake.js';
import type { ClientWaits } from '../waiting/client-waits.js';

/** How many receipts that were read go with one batch. */
const heardPerBatch = 5_000;

export class Gives {
  /** Partitions that a batch gives away which is not committed yet. */
  private readonly underWay = new Set<number>();
  /** The next owners of partitions that are leaving. */
  private readonly wanted = new Map<number, number>();

  constructor(
    private readonly term: WorkerTerm,
    private readonly waits: ClientWaits,
    private readonly relay: Relay,
    private readonly receipts: Receipts,
    private readonly activities: Activities,
  ) {}

  /** Gives the partition to this worker as soon as nothing of it runs outside. 0 gives it to nobody. */
  mark(partition: number, next: number): void {
    if (!this.term.ownership.owns(partition)) return;
    this.wanted.set(partition, next);
    this.term.ownership.markLeaving(partition);
    this.term.wake();
  }

  /** Keeps partitions in which something still runs outside. Returns them. */
  giveUp(): readonly number[] {
    const kept = [...this.wanted.keys()];
    for (const partition of kept) this.term.ownership.unmarkLeaving(partition);
    this.wanted.clear();
    if (kept.length > 0) this.activities.startWaiting();
    return kept;
  }

  /** How many marked partitions are not given yet. */
  get pending(): number {
    return this.wanted.size;
  }

  /** Whether the next batch would give a partition away. */
  get anyReady(): boolean {
    for (const partition of this.wanted.keys()) if (this.term.outside.runningIn(partition) === 0) return true;
    return false;
  }

  /** The gives of the batch that is sealed now. */
  take(): readonly (readonly [partition: number, next: number])[] {
    if (this.wanted.size === 0) return [];
    const gives = [...this.wanted].filter(([partition]) => this.term.outside.runningIn(partition) === 0);
    this.term.caution.leaves(new Set(gives.map(([partition]) => partition)));
    for (const [partition] of gives) {
      this.wanted.delete(partition);
      this.underWay.add(partition);
    }
    return gives;
  }

  /** Whether a batch gives the partition away that is not committed yet. The table still names this worker. */
  isUnderWay(partition: number): boolean {
    return this.underWay.has(partition);
  }

  /** The receipts that the next batch deletes because this process has read them. */
  takeHeard(): SealedBatch['commit']['receiptsDeleted'] {
    return this.waits.elsewhere.takeHeard(heardPerBatch);
  }

  /** Forgets what memory holds of partitions that a committed batch gave away, and hands over the callers that wait for them. */
  committed({ commit: { gives = [] } }: SealedBatch): void {
    if (gives.length === 0) return;
    const { term, waits, relay } = this;
    const lost = new Set(gives.map(([partition]) => partition));
    for (const partition of lost) this.underWay.delete(partition);
    const isAway = (target: string) => lost.has(partitionOf(target, term.partitionCount));
    const isLost = ({ body, target }: Message) => isAway(body.kind === 'activity' ? body.instance : target);
    for (const instance of term.live.values()) if (instance.gone) term.live.delete(instance.id);
    term.rows.lost(isLost);
    this.receipts.lost(isAway);
    this.activities.lost(lost);
    handOverAway(waits, relay, isAway);
    term.ports.logger.debug({ partitions: [...lost] }, 'Partitions were given to other workers.');
  }
}
