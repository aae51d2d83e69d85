/** When the bank is killed: drawn over its whole run, whatever the speed of the machine. */
import { setTimeout } from 'node:timers/promises';
import type { BankProcess, Phase } from './bank-process.js';

export interface Moment {
  readonly phase: Phase;
  /** How far into the phase, from 0 to 1. */
  readonly part: number;
}

/** Measured on a run that was left alone, in ms. */
export interface Durations {
  readonly startUp: number;
  readonly opening: number;
  readonly end: number;
}

const weights: readonly (readonly [Phase, number])[] = [
  ['start-up', 0.15],
  ['opening', 0.15],
  ['transfers', 0.55],
  ['end', 0.15],
];

export function drawMoment(random: () => number): Moment {
  let drawn = random();
  for (const [phase, weight] of weights) {
    if (drawn < weight) return { phase, part: random() };
    drawn -= weight;
  }
  return { phase: 'end', part: random() };
}

export function durationsOf(bank: BankProcess): Durations {
  const at = (phase: Phase): number => bank.beganAtMs.get(phase) ?? 0;
  return { startUp: at('opening'), opening: at('transfers') - at('opening'), end: bank.elapsedMs - at('end') };
}

/** Resolves at the moment, or when the bank has ended before it. `known` transfers are over already, of `total`. */
export async function waitFor(
  { phase, part }: Moment,
  bank: BankProcess,
  durations: Durations,
  known: number,
  total: number,
): Promise<void> {
  if (phase === 'start-up') return pause(part * durations.startUp, bank);
  await bank.until(() => bank.hasReached(phase));
  if (phase === 'opening') return pause(part * durations.opening, bank);
  if (phase === 'end') return pause(part * durations.end, bank);
  const from = known < total ? known : 0;
  const count = from + part * (total - from);
  await bank.until(() => bank.acknowledged.size >= count);
  // Not always just after an acknowledgement.
  return pause((part * 7919) % 5, bank);
}

async function pause(ms: number, bank: BankProcess): Promise<void> {
  await Promise.race([setTimeout(ms), bank.ended]);
}
