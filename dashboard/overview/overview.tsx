/** Overview: rates, what needs attention, and figures by name of code. */
import type { DeadLetter, Overview, Page, Statistics, Types } from '../api/answers.js';
import { useResource } from '../api/resource.js';
import { Problem, Loading } from '../ui/states.js';
import { Section } from '../ui/drawer.js';
import { bytes, plural } from '../ui/text.js';
import { duration, Time } from '../ui/time.js';
import { Attention } from './attention.js';
import { EntityFigures, RunFigures } from './figures.js';
import { useGrowth } from './growth.js';
import { Tiles } from './tiles.js';

/** Intervals of readings. Rates arrive by the live stream each second, and the server counts rows once in five. */
const overviewRestMs = 3_000;
const statisticsRestMs = 2_000;
const letterRestMs = 5_000;

export function OverviewPage() {
  const overview = useResource<Overview>('overview', () => true, overviewRestMs);
  const statistics = useResource<{ readonly statistics: Statistics | null }>('stats', () => true, statisticsRestMs);
  const types = useResource<Types>('types', () => false);
  const letters = useResource<Page<DeadLetter>>('dead-letters?limit=1', () => true, letterRestMs);
  const { data, error } = overview;
  const growth = useGrowth(statistics.data?.statistics ?? undefined);
  if (data === undefined) return error === undefined ? <Loading /> : <Problem error={error} />;
  const figures = statistics.data?.statistics ?? undefined;
  return (
    <>
      <Tiles overview={data} statistics={figures} />
      <Attention overview={data} letter={letters.data?.items[0]} />
      <EntityFigures overview={data} statistics={figures} types={types.data} growth={growth} />
      <RunFigures overview={data} statistics={figures} types={types.data} growth={growth} />
      <Section title="This task hub">
        <p class="muted sentence">
          Version {data.version}, engine {data.engine}. {plural(data.workers, 'worker')} alive, {data.partitions.owned}{' '}
          of {plural(data.partitions.total, 'partition')} owned, {data.partitions.here} here. This process has been
          connected for {duration(data.uptimeMs)}. Counted <Time at={data.countedAt} />.
        </p>
        <p class="muted sentence">{data.sizes.map(({ name, bytes: size }) => `${name} ${bytes(size)}`).join(' · ')}</p>
      </Section>
    </>
  );
}
