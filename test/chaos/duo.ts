/** Two hosts on one database: one is active, the other its standby. */
import { pause } from './pause.js';
import { StuckError, type Peer } from './peer-process.js';
import type { Slot, Story } from './story.js';

export interface Duo {
  readonly active: Peer;
  readonly standby: Peer;
  /** Where each of them runs. */
  readonly slotOf: (peer: Peer) => Slot;
}

/** Starts who is missing. Resolves when one of them serves and the other stands by. */
export async function duoOf(story: Story): Promise<Duo> {
  const peers = new Map<Peer, Slot>([
    [story.running('a'), 'a'],
    [story.running('b'), 'b'],
  ]);
  const [a, b] = [...peers.keys()] as [Peer, Peer];
  const isServed = (active: Peer, standby: Peer) =>
    active.role === 'active' && active.acked > 0 && standby.phase === 'ready' && standby.role === 'standby';
  await untilTrue('one host is active, and the other its standby', () => {
    for (const peer of peers.keys()) if (peer.exit !== undefined) throw new Error(`it ended: ${peer.describeEnd()}`);
    return isServed(a, b) || isServed(b, a);
  });
  const [active, standby] = a.role === 'active' ? [a, b] : [b, a];
  return { active, standby, slotOf: (peer) => peers.get(peer) as Slot };
}

/** Resolves when this host is active, and acknowledges what was sent after it became so or before. */
export async function takesOver(peer: Peer): Promise<void> {
  const before = peer.acked;
  await peer.until('the standby takes over', () => peer.role === 'active' && peer.acked > before);
}

export async function untilTrue(what: string, condition: () => boolean, withinMs = 30_000): Promise<void> {
  for (const endMs = performance.now() + withinMs; !condition(); await pause(5))
    if (performance.now() > endMs) throw new StuckError(`not within ${withinMs} ms: ${what}`);
}
