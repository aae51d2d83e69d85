/**
 * The balance of partitions between workers: who takes which free partition, and who gives which ones away. Arithmetic, no clock.
 *
 * All workers compute the same plan from the same view, so no coordinator is needed. A worker whose view is old may take what another one
 * takes too: the database decides, and the next plan corrects the rest.
 *
 *   shares    P div W partitions for each living worker, and one more for the first P mod W of them
 *   free      laid out over the workers below their share; what stays free is taken by anybody below the largest share, then by anybody
 *   surplus   laid out over the needs that are left, as intervals; a worker that shows no life gets nothing
 */

/** The partitions as one look at the database has shown them. */
export interface BalanceView {
  /** The incarnations of the living workers that take part, in ascending order. */
  readonly workers: readonly number[];
  /** By partition: the living owner, or 0 if the partition is free. */
  readonly owners: readonly number[];
  /** By partition: how many looks in a row have shown it as free, this one included. Absent for owned ones. */
  readonly freeFor: ReadonlyMap<number, number>;
  /** Workers that show no life, and may be dead: nobody gives them anything. */
  readonly lifeless?: ReadonlySet<number>;
}

export interface BalancePlan {
  /** The free partitions that this worker takes. */
  readonly take: readonly number[];
  /** How many partitions this worker gives to which workers. It chooses them itself. */
  readonly give: readonly { readonly to: number; readonly count: number }[];
}

/** Free partitions that nobody took in this many looks are taken by any worker below the largest share, */
const looksUntilAnyNeedy = 2;
/** and in this many looks by any worker. */
const looksUntilAnybody = 4;

/** The share of each worker, in the order of `workers`. */
export function sharesOf(workers: readonly number[], partitionCount: number): number[] {
  const least = Math.floor(partitionCount / workers.length);
  const extra = partitionCount % workers.length;
  return workers.map((_, index) => least + (index < extra ? 1 : 0));
}

/** @param leaves whether this worker stops: it has no share, and gives everything away */
export function planOf(view: BalanceView, me: number, leaves = false): BalancePlan {
  const { owners, freeFor, lifeless = new Set() } = view;
  const workers = leaves ? view.workers.filter((each) => each !== me && !lifeless.has(each)) : view.workers;
  if (workers.length === 0) return { take: [], give: [] };
  const shares = new Map(sharesOf(workers, owners.length).map((share, index) => [workers[index] as number, share]));
  const counts = new Map<number, number>();
  for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const needs = workers.map((worker) => ({
    worker,
    left: Math.max(0, (shares.get(worker) ?? 0) - (counts.get(worker) ?? 0)),
  }));
  const take: number[] = [];
  const largest = Math.ceil(owners.length / workers.length);
  owners.forEach((owner, partition) => {
    if (owner !== 0) return;
    const need = needs.find(({ left }) => left > 0);
    if (need !== undefined) need.left--;
    const looks = freeFor.get(partition) ?? 1;
    const own = (counts.get(me) ?? 0) + take.length;
    const mine = need?.worker === me || (looks >= looksUntilAnyNeedy && own < largest) || looks >= looksUntilAnybody;
    if (mine && !leaves) take.push(partition);
  });
  const receivers = needs.filter(({ worker }) => !lifeless.has(worker));
  return { take, give: givesOf(view, { me, shares, counts, needs: receivers }) };
}

/** Lays surplus and needs out one behind the other. The part of this worker's surplus that lies over a need goes to that worker. */
function givesOf(
  { workers }: BalanceView,
  {
    me,
    shares,
    counts,
    needs,
  }: {
    readonly me: number;
    readonly shares: ReadonlyMap<number, number>;
    readonly counts: ReadonlyMap<number, number>;
    readonly needs: readonly { readonly worker: number; readonly left: number }[];
  },
): BalancePlan['give'] {
  let from = 0;
  for (const worker of workers) {
    if (worker === me) break;
    from += Math.max(0, (counts.get(worker) ?? 0) - (shares.get(worker) ?? 0));
  }
  const to = from + Math.max(0, (counts.get(me) ?? 0) - (shares.get(me) ?? 0));
  const give: { to: number; count: number }[] = [];
  let begin = 0;
  for (const { worker, left } of needs) {
    const count = Math.min(to, begin + left) - Math.max(from, begin);
    if (count > 0) give.push({ to: worker, count });
    begin += left;
  }
  return give;
}

/** How many partitions a worker gives away at a time: a deployment must not move everything at once. */
export function givesAtATime(share: number): number {
  return Math.max(1, Math.floor(share / 4));
}
