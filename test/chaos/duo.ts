/** Two hosts on one database, one of them active and the other its standby, and clients in a third process. */
import { pause } from './pause.js';
import type { Peer } from './peer-process.js';
import { StuckError } from './stuck-error.js';
import type { Story } from './story.js';

export interface Duo {
  readonly active: Peer;
  readonly standby: Peer;
  readonly clients: Peer;
}

/** Starts who is missing. Resolves when one of them serves and the other stands by. */
export async function duoOf(story: Story): Promise<Duo> {
  const [a, b, clients] = (['a', 'b', 'x'] as const).map((slot) => story.running(slot)) as [Peer, Peer, Peer];
  const isServed = (active: Peer, standby: Peer) =>
    active.role === 'active' && active.acked > 0 && standby.phase === 'ready' && standby.role === 'standby';
  await untilTrue('one host is active, the other its standby, and clients are served', () => {
    for (const peer of [a, b, clients]) if (peer.exit !== undefined) throw new Error(`it ended: ${peer.describeEnd()}`);
    return clients.acked > 0 && (isServed(a, b) || isServed(b, a));
  });
  const [active, standby] = a.role === 'active' ? [a, b] : [b, a];
  return { active, standby, clients };
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
