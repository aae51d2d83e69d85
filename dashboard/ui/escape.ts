/** The Escape key belongs to what opened last. It does not matter where the focus is. */
type Taker = () => void;

const takers: Taker[] = [];

/** Lets `taker` have the next Escape until the returned function is called. */
export function takeEscape(taker: Taker): () => void {
  takers.push(taker);
  return () => {
    takers.splice(takers.lastIndexOf(taker), 1);
  };
}

/** Gives an Escape to what opened last. False if nothing waits for one. */
export function giveEscape(): boolean {
  const taker = takers.at(-1);
  taker?.();
  return taker !== undefined;
}
