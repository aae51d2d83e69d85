/** Recorded facts, beside the events, that replayed code must see again. */
import type { RunAction } from '../../../model/orchestration-events.js';
import type { ReplayedTurn } from '../../../ports/user-code.js';

const none: ReadonlySet<string> = new Set();
const noRefusals: ReplayedTurn['refused'] = new Map();

/** The facts of a turn of this execution. */
export function replayedTurn(recorded: readonly RunAction[]): ReplayedTurn {
  let refused: Map<string, readonly string[] | undefined> | undefined;
  let patches: Set<string> | undefined;
  for (const action of recorded) {
    if (action.kind === 'refused') (refused ??= new Map()).set(action.name, action.known);
    else if (action.kind === 'patch') (patches ??= new Set()).add(action.id);
  }
  return { refused: refused ?? noRefusals, patches: patches ?? none };
}

/**
 * The facts of a turn that a rewound execution keeps.
 * @param patches all patches that the failed execution recorded
 */
export function keptTurn(patches: ReadonlySet<string> = none): ReplayedTurn {
  return { refused: noRefusals, patches };
}
