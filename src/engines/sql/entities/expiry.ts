/** The time of an entity whose class says how long it is kept: exact at the owner, whenever its row is deleted. */
import type { ExpirySweep } from '../retention/expired-entities.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveEntity } from '../live/live-instance.js';

export class Expiry {
  constructor(
    private readonly term: WorkerTerm,
    private readonly sweep: ExpirySweep,
  ) {}

  /** Before anything runs. When its time is over it exists no more, and its row goes with the batch of whatever finds that out. */
  forgetExpired(entity: LiveEntity): void {
    const { term } = this;
    if (entity.expiresAtMs === undefined) return;
    const nowMs = term.nowMs();
    if (entity.expiresAtMs > nowMs) return;
    entity.expiresAtMs = undefined;
    entity.storedState = undefined;
    entity.cell?.expire();
    entity.createdAtMs = nowMs;
    term.markDirty(entity);
  }

  /** Its state was changed: its time begins anew. */
  changed(entity: LiveEntity): void {
    const expireAfterMs = entity.program?.expireAfterMs;
    const expires = expireAfterMs !== undefined && entity.cell?.exists === true;
    entity.expiresAtMs = expires ? this.term.nowMs() + expireAfterMs : undefined;
    if (entity.expiresAtMs !== undefined) this.sweep.written(entity.expiresAtMs);
  }
}
