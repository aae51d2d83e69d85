/** One way to harm the processes or their database. */
import { mkdir } from 'node:fs/promises';
import type { Story } from './story.js';
import type { Tally } from './tally.js';

export interface Cycle<Told = Story> {
  readonly story: Told;
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
  readonly tally: Tally;
}

export interface FaultKind<Told = Story> {
  readonly name: string;
  /** How often it is drawn in a run of all kinds, beside the others. */
  readonly weight: number;
  /** After so many cycles the database of a story is brought to its end and inspected. */
  readonly cyclesPerStory: number;
  /** Why it cannot be done on this machine. */
  readonly unavailable?: () => string | undefined;
  /** For stories that need more than a folder. */
  readonly open?: (folder: string, seed: number) => Promise<Told>;
  /** Harms once, and resolves when the harm has ended. A process may still run afterwards. @throws if a condition that must hold does not hold */
  cycle(cycle: Cycle<Told>): Promise<void>;
}

/** @param otherwise makes the story of a kind that says nothing about it */
export async function openStory<Told>(
  kind: FaultKind<Told>,
  folder: string,
  seed: number,
  otherwise: (folder: string, seed: number) => Promise<Told>,
): Promise<Told> {
  await mkdir(folder, { recursive: true });
  return (kind.open ?? otherwise)(folder, seed);
}

export function between(random: () => number, from: number, to: number): number {
  return from + random() * (to - from);
}

export function pick<T>(random: () => number, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}
