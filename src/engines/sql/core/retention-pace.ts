/** How rows whose time is over are looked for and deleted: bounded rows at a time. Arithmetic, no clock. */

export const retentionPace = {
  /** After the start of a term. */
  firstMs: 60_000,
  /** Between the end of a pass and the next one: what is kept for long need not go at once, and an idle host stays idle. */
  restMs: (keptMs: number): number => Math.min(Math.max(keptMs / 10, 60_000), 3_600_000),
  /** Others are being served if a commit held something of theirs less than this ago. */
  loadMs: 100,
  /** Beside others: few rows, and pauses that leave them most of the time. */
  besideLoad: { rows: 100, pauseMs: 50 },
  alone: { rows: 1_000, pauseMs: 0 },
} as const;

export interface Step {
  readonly rows: number;
  readonly pauseMs: number;
}

/** @param sinceLoadMs how long ago others were served last */
export function retentionStep(sinceLoadMs: number): Step {
  return sinceLoadMs < retentionPace.loadMs ? retentionPace.besideLoad : retentionPace.alone;
}
