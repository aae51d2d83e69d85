/** Drawer of an orchestration: its status, why it waits, its timeline and history, and commands to it. */
import { useSignal } from '@preact/signals';
import type { Run } from '../api/answers.js';
import { runPath } from '../api/client.js';
import { useResource } from '../api/resource.js';
import { mayWrite } from '../api/session.js';
import { ReadOnlyNote } from '../entities/entity-drawer.js';
import { Drawer, Facts, Section } from '../ui/drawer.js';
import { Explain } from '../ui/explain.js';
import { Value } from '../ui/json.js';
import { RunLink } from '../ui/links.js';
import { Loading, Problem } from '../ui/states.js';
import { Status } from '../ui/status.js';
import { bytes, shown, UserText } from '../ui/text.js';
import { precise, Time } from '../ui/time.js';
import { Commands } from './commands.js';
import { HistoryTable } from './history.js';
import { TimelineSection } from './timeline-section.js';

export function RunDrawer({ id }: { readonly id: string }) {
  const isFull = useSignal(false);
  const { data, error, again } = useResource<Run>(
    `${runPath(id)}${isFull.value ? '?full=true' : ''}`,
    (changed) => changed.id === id,
  );
  return (
    <Drawer subject={id} label={`Orchestration ${shown(id, 60)}`}>
      <header class="drawer-head">
        <p class="kind">{data === undefined ? 'Orchestration' : <UserText text={data.name} />}</p>
        <h1 class="mono">
          <bdi>{shown(id)}</bdi>
        </h1>
        {data !== undefined && <Status status={data.runtimeStatus} />}
      </header>
      {data === undefined ? error === undefined ? <Loading /> : <Problem error={error} /> : null}
      {data !== undefined && <Detail run={data} onMore={() => (isFull.value = true)} onChange={again} />}
    </Drawer>
  );
}

interface DetailProps {
  readonly run: Run;
  readonly onMore: () => void;
  readonly onChange: () => void;
}

function Detail({ run, onMore, onChange }: DetailProps) {
  const { instanceId: id, problem, error, output, customStatus } = run;
  return (
    <>
      {mayWrite.value ? <Commands run={run} onDone={onChange} /> : <ReadOnlyNote />}
      {problem !== null && <p class="problem">{shown(problem, 1_000)}</p>}
      {error !== null && <ErrorBanner run={run} />}
      <Explain key={id} path={runPath(id, '/explain')} subject={id} />
      <TimelineSection key={`timeline ${id}`} id={id} />
      <RunFacts run={run} />
      <div class="columns">
        <Section title="Input">
          <Value payload={run.input} onMore={onMore} />
        </Section>
        <Section title="Output">
          <Value payload={output} onMore={onMore} />
        </Section>
      </div>
      {customStatus !== null && (
        <Section title="Custom status">
          <Value payload={customStatus} onMore={onMore} />
        </Section>
      )}
      {error !== null && (
        <Section title="Error">
          <Value payload={error} onMore={onMore} />
        </Section>
      )}
      <HistoryTable key={`history ${id}`} id={id} />
    </>
  );
}

function ErrorBanner({ run: { error } }: { readonly run: Run }) {
  const { name, message } = (error?.value ?? {}) as { readonly name?: unknown; readonly message?: unknown };
  if (typeof message !== 'string') return null;
  return (
    <p class="banner is-problem">
      <span>
        {typeof name === 'string' && <strong>{shown(name, 60)}: </strong>}
        {shown(message, 500)}
      </span>
    </p>
  );
}

function RunFacts({ run }: { readonly run: Run }) {
  const tags = Object.entries(run.tags);
  return (
    <Facts
      facts={[
        ['Created', <Time at={run.createdAt} />],
        ['Changed', <Time at={run.lastUpdatedAt} />],
        run.endedAt === null ? undefined : ['Ended', <Time at={run.endedAt} />],
        run.endedAt === null ? undefined : ['Took', precise(Date.parse(run.endedAt) - Date.parse(run.createdAt))],
        run.scheduledTime === null ? undefined : ['Scheduled for', <Time at={run.scheduledTime} />],
        ['Version', String(run.version)],
        run.parentId === null ? undefined : ['Parent', <RunLink id={run.parentId} max={60} />],
        run.reason === null ? undefined : ['Reason', <UserText text={run.reason} />],
        run.awaitedEvents.length === 0 ? undefined : ['Awaits events', shown(run.awaitedEvents.join(', '))],
        run.unreadEventCount === 0
          ? undefined
          : ['Unread events', `${shown(run.unreadEvents.join(', '))} (${run.unreadEventCount})`],
        run.missingCode.length === 0 ? undefined : ['Missing code', shown(run.missingCode.join(', '))],
        ['Partition', String(run.partition)],
        ['History', bytes(run.historyBytes)],
        tags.length === 0 ? undefined : ['Tags', shown(tags.map(([name, value]) => `${name}: ${value}`).join(', '))],
      ]}
    />
  );
}
