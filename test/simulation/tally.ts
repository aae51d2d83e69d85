/** The results of a range of seeds. */
import type { Outcome } from './simulation.js';

export interface Counters {
  seeds: number;
  repeated: number;
  acknowledged: number;
  commits: number;
  takeovers: number;
  gives: number;
  starts: number;
  events: number;
  virtualMs: number;
  readonly faults: Record<string, number>;
}

export interface FailedSeed {
  readonly seed: number;
  readonly checker: string;
  readonly message: string;
  readonly tail: readonly string[];
}

export function noCounters(): Counters {
  return {
    seeds: 0,
    repeated: 0,
    acknowledged: 0,
    commits: 0,
    takeovers: 0,
    gives: 0,
    starts: 0,
    events: 0,
    virtualMs: 0,
    faults: {},
  };
}

export function count(counters: Counters, outcome: Outcome): void {
  counters.seeds++;
  for (const name of ['acknowledged', 'commits', 'takeovers', 'gives', 'starts', 'events', 'virtualMs'] as const)
    counters[name] += outcome[name];
  for (const [fault, times] of outcome.faults) counters.faults[fault] = (counters.faults[fault] ?? 0) + times;
}

export function add(counters: Counters, more: Counters): void {
  for (const name of [
    'seeds',
    'repeated',
    'acknowledged',
    'commits',
    'takeovers',
    'gives',
    'starts',
    'events',
    'virtualMs',
  ] as const)
    counters[name] += more[name];
  for (const [fault, times] of Object.entries(more.faults))
    counters.faults[fault] = (counters.faults[fault] ?? 0) + times;
}

export function faultsOf({ faults }: Counters): number {
  return Object.values(faults).reduce((sum, times) => sum + times, 0);
}
