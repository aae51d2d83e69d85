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
} as const;

export interface Step {
  readonly rows: number;
  readonly pauseMs: number;
}

/** @param sinceLoadMs the time since the last commit that held other work */
export function retentionStep(sinceLoadMs: number): Step {
  return sinceLoadMs < retentionPace.loadMs ? retentionPace.besideLoad : retentionPace.alone;
}
