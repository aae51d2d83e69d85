/** The explanations of a world that rests: each open orchestration has a reason. */
import { hasEnded, type RuntimeStatus } from '../../src/model/runtime-status.js';
import { inspectorOf } from '../engine/inspectors.js';
import { Violation } from '../engine/violation.js';
import type { Process, World } from '../engine/world.js';

/** Resolves with the number of open orchestrations. @throws Violation if one of them has no reason */
export async function checkExplained(world: World, process: Process): Promise<number> {
  const inspector = await inspectorOf(world, process);
  const open = [...world.database.instances.values()].filter(
    ({ status }) => status !== null && !hasEnded(status as RuntimeStatus),
  );
  for (const { id } of open) {
    const { links } = await inspector.explain(id);
    const codes = links.map(({ reason }) => reason.code);
    if (codes.length === 0 || codes.includes('unknown') || codes.at(-1) === 'ready')
      throw new Violation('explanation', `${id} rests, and its explanation is ${JSON.stringify(links)}`);
  }
  return open.length;
}
