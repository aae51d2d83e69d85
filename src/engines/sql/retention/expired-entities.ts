/**
 * Retention of expired entities: deletes their rows. No operation, read or query sees an expired entity. So this work only frees space, and
 * does not hurry.
 *
 *   rests --something may have expired--> a pass, page by page with pauses, over the rows of each expiring name --> rests
 *
 * A page is a range of ids, so its cost is the number of rows that it reads. An entity that has expired gets a message, and its owner
 * decides again.
 */
import { whenAborted } from '../../../core/when-aborted.js';
import { setLongTimer, type Timer } from '../../../ports/clock.js';
import type { InstanceRow } from '../ports/store.js';
import { readMeta, type EntityMeta } from '../model/entity-meta.js';
import { expiryPace } from '../core/pace.js';
import type { Delivery } from '../live/delivery.js';
import type { Load } from './load.js';
import type { WorkerTerm } from '../live/worker-term.js';
import { Message } from '../live/message.js';

export class ExpirySweep {
  private readonly names: readonly string[];
  private readonly restMs: number;
  private timer: Timer | undefined;
  /** The hub time before which no entity expires. Entities from before the term are not known at its start. */
  private nextMs = Number.NEGATIVE_INFINITY;
  /** The hub time before which no pass begins. */
  private restUntilMs: number;
  private passing = false;

  constructor(
    private readonly term: WorkerTerm,
    private readonly delivery: Delivery,
    private readonly load: Load,
  ) {
    const { names, spansMs } = expiring(term);
    this.names = names;
    this.restMs = expiryPace.restMs(
      spansMs.reduce((least, spanMs) => Math.min(least, spanMs), Number.POSITIVE_INFINITY),
    );
    this.restUntilMs = term.nowMs() + expiryPace.firstMs;
    whenAborted(term.environment.signal, () => this.timer?.cancel());
    if (names.length > 0) this.rest();
  }

  /** Notes that an entity was written which expires at this time. */
  written(expiresAtMs: number): void {
    if (expiresAtMs >= this.nextMs) return;
    this.nextMs = expiresAtMs;
    if (!this.passing) this.rest();
  }

  private rest(): void {
    this.timer?.cancel();
    if (this.nextMs === Number.POSITIVE_INFINITY) return;
    const begin = () => {
      this.passing = true;
      this.nextMs = Number.POSITIVE_INFINITY;
      this.step(0, undefined);
    };
    this.wait(Math.max(this.nextMs, this.restUntilMs) - this.term.nowMs(), begin);
  }

  private wait(ms: number, then: () => void): void {
    const { term } = this;
    if (term.ended !== undefined) return;
    this.timer = setLongTimer(term.ports.clock, Math.max(ms, 0), () => {
      if (term.ended === undefined && !term.stopping) then();
    });
  }

  private step(index: number, after: string | undefined): void {
    const { term } = this;
    const name = this.names[index];
    if (name === undefined) return this.over();
    const filter = { kind: 'entity', name, idPrefix: `@${name}@` } as const;
    const page = { limit: expiryPace.rowsPerStep, withState: false };
    term.ports.store.queryInstances(filter, after === undefined ? page : { ...page, after }).then(
      (rows) => {
        if (term.ended !== undefined) return;
        let found = 0;
        for (const row of rows) if (this.look(row)) found++;
        term.wake();
        const goOn = () =>
          rows.length < page.limit ? this.step(index + 1, undefined) : this.step(index, rows.at(-1)?.id);
        this.wait(expiryPace.pauseMs(this.load.step().pauseMs, found), goOn);
      },
      (error: unknown) => {
        if (term.ended !== undefined) return;
        term.ports.logger.warn(
          { name, error },
          'The search for expired entities failed. The worker tries again later.',
        );
        this.nextMs = Number.NEGATIVE_INFINITY;
        this.over();
      },
    );
  }

  private over(): void {
    this.passing = false;
    this.restUntilMs = this.term.nowMs() + this.restMs;
    this.rest();
  }

  /** Returns whether the entity has expired. If so, it gets a message. */
  private look(row: InstanceRow): boolean {
    const { expires, lock } = metaOf(row);
    // Each worker deletes the entities of its own partitions.
    if (expires === undefined || !this.term.ownership.owns(row.partition)) return false;
    // A locked entity stays, and a later pass checks it again.
    if (lock !== undefined || expires > this.term.nowMs()) {
      this.nextMs = Math.min(this.nextMs, expires);
      return false;
    }
    this.delivery.deliver(new Message(row.id, { kind: 'expire' }));
    return true;
  }
}

/** A row that cannot be read stays. */
function metaOf({ meta }: InstanceRow): EntityMeta {
  try {
    return readMeta(meta);
  } catch {
    return {};
  }
}

/** The registered entity names with an expiry, and their expiry times. */
function expiring({ ports: { userCode } }: WorkerTerm): { names: string[]; spansMs: number[] } {
  const names: string[] = [];
  const spansMs: number[] = [];
  for (const announced of userCode.names) {
    const name = announced.slice(announced.indexOf(':') + 1);
    const span = announced.startsWith('entity:') ? userCode.entity(name)?.expireAfterMs : undefined;
    if (span === undefined) continue;
    names.push(name);
    spansMs.push(span);
  }
  return { names, spansMs };
}
