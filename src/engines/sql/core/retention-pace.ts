/**
 * The pace of retention: how often it looks for rows whose time has passed, and how many rows it deletes at a time. Arithmetic, no clock.
 */

export const retentionPace = {
  /** The time between the start of a term and the first pass. */
  firstMs: 60_000,
  /**
   * The time between the end of a pass and the next one. Rows that are kept for long need not be deleted at once, and an idle host stays
   * idle.
   */
  restMs: (keptMs: number): number => Math.min(Math.max(keptMs / 10, 60_000), 86_400_000),
  /** Other work counts as present if a commit less than this time ago held some of it. */
  loadMs: 100,
  /** Beside other work: few rows, and pauses that leave most of the time to that work. */
  besideLoad: { rows: 20, pauseMs: 20 },
  alone: { rows: 1_000, pauseMs: 0 },
  /**
   * The time that a pass may take. The steps of a longer one double, again and again: rows that come faster than a slow pass deletes them
   * would become more and more.
   */
  passMs: (keptMs: number): number => Math.min(Math.max(keptMs / 2, 10_000), 3_600_000),
} as const;

/** More would not make a step larger. */
const speedMax = retentionPace.alone.rows / retentionPace.besideLoad.rows;

export interface Step {
  readonly rows: number;
  readonly pauseMs: number;
}

/**
 * @param sinceLoadMs the time since the last commit that held other work
 * @param speed how many times as many rows as usual a step beside other work may have
 */
export function retentionStep(sinceLoadMs: number, speed = 1): Step {
  const { alone, besideLoad, loadMs } = retentionPace;
  if (sinceLoadMs >= loadMs) return alone;
  return { rows: Math.min(besideLoad.rows * speed, alone.rows), pauseMs: besideLoad.pauseMs };
}

/** The speed of the steps of one subject: it doubles while its passes take too long, and is halved after each pass that did not. */
export class RetentionSpeed {
  private speed = 1;
  private dueMs = Number.POSITIVE_INFINITY;

  constructor(private readonly keptMs: number) {}

  /** A pass begins at this monotonic time. */
  begin(nowMs: number): void {
    this.dueMs = nowMs + retentionPace.passMs(this.keptMs);
  }

  /** The speed of a step at this monotonic time. */
  at(nowMs: number): number {
    if (nowMs >= this.dueMs && this.speed < speedMax) {
      this.speed *= 2;
      this.begin(nowMs);
    }
    return this.speed;
  }

  /** The pass ends at this monotonic time. */
  end(nowMs: number): void {
    if (this.dueMs - nowMs > retentionPace.passMs(this.keptMs) / 2) this.speed = Math.max(1, this.speed / 2);
  }
}
