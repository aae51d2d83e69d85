/** Tiles of the overview: rates with their last intervals, commits, and open orchestrations. */
import type { ComponentChildren } from 'preact';
import type { Overview, RecentInterval, Statistics } from '../api/answers.js';
import { rates } from '../api/live.js';
import { Sparkline } from '../ui/sparkline.js';
import { count, plural, short } from '../ui/text.js';
import { precise } from '../ui/time.js';

type Counts = Exclude<keyof RecentInterval, 'from'>;

export function Tiles({
  overview,
  statistics,
}: {
  readonly overview: Overview;
  readonly statistics: Statistics | undefined;
}) {
  const open = (overview.runs ?? []).filter(({ runtimeStatus }) => isOpen(runtimeStatus));
  const openCount = open.reduce((sum, run) => sum + run.count, 0);
  const { commits } = statistics ?? {};
  const now = rates.value?.now ?? undefined;
  return (
    <div class="tiles">
      <RateTile title="Operations" field="operations">
        {now !== undefined && `${plural(now.intake, 'message')} in the intake queue`}
      </RateTile>
      <RateTile title="Commits" field="commits">
        {commits !== undefined && commits.duration.count > 0 && (
          <>
            p99 {precise(commits.duration.p99)}, {short(commits.size.p50)} messages
          </>
        )}
      </RateTile>
      <RateTile title="Orchestrations ended" field="runsEnded">
        {now !== undefined && `${plural(now.outside, 'activity', 'activities')} running`}
      </RateTile>
      <div class="tile">
        <h2>Open orchestrations</h2>
        <p class="figure">{overview.runs === null ? '–' : count(openCount)}</p>
        <p class="tile-note">
          {open
            .map(({ name, count: size }) => `${name} ${count(size)}`)
            .slice(0, 3)
            .join(' · ')}
        </p>
      </div>
    </div>
  );
}

export function isOpen(status: string): boolean {
  return status === 'pending' || status === 'running' || status === 'suspended';
}

/** The mean of the last intervals that are over, in units a second. */
function perSecond(recent: readonly RecentInterval[], everyMs: number, field: Counts): number {
  const over = recent.slice(0, -1).slice(-2);
  if (over.length === 0) return 0;
  const sum = over.reduce((total, interval) => total + interval[field], 0);
  return sum / ((over.length * everyMs) / 1_000);
}

function RateTile({
  title,
  field,
  children,
}: {
  readonly title: string;
  readonly field: Counts;
  readonly children?: ComponentChildren;
}) {
  const { recent = [], everyMs = null } = rates.value ?? {};
  const rate = everyMs === null ? undefined : perSecond(recent, everyMs, field);
  return (
    <div class="tile">
      <h2>{title}</h2>
      <p class="figure">
        {rate === undefined ? '–' : short(rate)}
        <span class="unit">/s</span>
      </p>
      <Sparkline values={recent.slice(0, -1).map((interval) => interval[field])} label={`${title}, the last minutes`} />
      <p class="tile-note">{children}</p>
    </div>
  );
}
