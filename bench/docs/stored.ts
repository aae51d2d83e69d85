/** The figures of the documentation, in `docs/performance`, as the benchmarks wrote them. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Figure } from '../figure.js';
import type { Curve } from '../growth/plan.js';
import type { CommitCosts } from '../instructions/works.js';
import type { Measured } from '../operate/budget.js';
import type { Comparison } from '../peers/comparison.js';
import type { Machine } from './machine.js';

export const folder = resolve(import.meta.dirname, '../../../docs/performance');

export interface Stored {
  readonly figures: readonly Figure[];
  readonly growth: readonly Curve[];
  readonly peers: readonly Comparison[];
  /** Our code on a Restate server, beside handlers written for it. */
  readonly restate: readonly Comparison[];
  readonly operate: readonly Measured[];
  readonly instructions: CommitCosts | undefined;
  readonly machine: Machine | undefined;
}

export function stored(): Stored {
  return {
    figures: read<readonly Figure[]>('figures') ?? [],
    growth: read<readonly Curve[]>('growth') ?? [],
    peers: read<readonly Comparison[]>('peers') ?? [],
    restate: read<readonly Comparison[]>('restate') ?? [],
    operate: read<readonly Measured[]>('operate') ?? [],
    instructions: read<CommitCosts>('instructions'),
    machine: read<Machine>('machine'),
  };
}

function read<T>(name: string): T | undefined {
  const file = join(folder, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}

/** The file name of the picture of a growing number. */
export function pictureOf(grows: string): string {
  return `${grows.replaceAll(' ', '-')}.svg`;
}
