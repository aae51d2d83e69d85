/** Budgets of the tools of operation, and how a figure compares with its budget. */
import { number } from '../lines.js';

type Unit = 'ms' | 'kB' | 'MiB' | '%' | '/s';

/** A measured figure. Without a budget it is only told. */
export interface Measured {
  readonly what: string;
  readonly unit: Unit;
  readonly value: number;
  readonly budget?: number;
  /** Further figures, as text. */
  readonly note?: string;
}

/** The cells of a table: what, budget, measured, met or not. */
export function cellsOf({ what, unit, value, budget, note }: Measured): readonly [string, string, string, string] {
  const measured = note === undefined ? shown(value, unit) : `${shown(value, unit)} (${note})`;
  const met = budget === undefined ? '' : value <= budget ? 'met' : '**missed**';
  return [what, budget === undefined ? '' : `≤ ${shown(budget, unit)}`, measured, met];
}

export const budgetHead = ['what', 'budget', 'measured', ''] as const;

/** A line of a terminal. */
export function lineOf(measured: Measured): string {
  const [what, budget, value, met] = cellsOf(measured);
  return `${what.padEnd(62)}${budget.padStart(12)}  ${met.replaceAll('*', '').padEnd(8)}${value}`;
}

export function shown(value: number, unit: Unit): string {
  return `${number(value, Math.abs(value) < 100 && !Number.isInteger(value) ? 1 : 0)} ${unit}`;
}
