import type { Work } from '../work.js';
import { calls, signals } from './counters.js';
import { processes } from './processes.js';
import { replay } from './replay.js';
import { runs } from './runs.js';

export const works: readonly Work[] = [...signals, ...calls, ...runs, replay, ...processes];

/** The works of these names. A name without a work of its own selects all works that begin with it and a dash: `w5`, `section`. */
export function worksNamed(names: readonly string[]): { chosen: readonly Work[]; unknown: readonly string[] } {
  if (names.length === 0) return { chosen: works, unknown: [] };
  const chosen = new Set<Work>();
  const unknown: string[] = [];
  for (const name of names) {
    const exact = works.filter((work) => work.name === name);
    const found = exact.length > 0 ? exact : works.filter((work) => work.name.startsWith(`${name}-`));
    if (found.length === 0) unknown.push(name);
    for (const work of found) chosen.add(work);
  }
  return { chosen: works.filter((work) => chosen.has(work)), unknown };
}
