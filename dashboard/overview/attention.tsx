/** What needs attention: dead letters, long locks, failed and idle orchestrations, each with the way to it. */
import type { ComponentChildren } from 'preact';
import type { DeadLetter, Overview } from '../api/answers.js';
import { addressOf, runAddress } from '../routing/route.js';
import { Section } from '../ui/drawer.js';
import { EntityLink, RunLink } from '../ui/links.js';
import { count, plural, UserText } from '../ui/text.js';
import { nowMs, Time } from '../ui/time.js';

/** A lock or a pause below this is ordinary. */
const longMs = 60_000;

export function Attention({
  overview,
  letter,
}: {
  readonly overview: Overview;
  readonly letter: DeadLetter | undefined;
}) {
  const lines = linesOf(overview, letter);
  return (
    <Section title="Needs attention">
      {lines.length === 0 ? (
        <p class="muted sentence">
          Nothing: no dead letter, no failed orchestration, and no lock is older than a minute.
        </p>
      ) : (
        <ul class="attention">
          {lines.map((line, index) => (
            <li key={index}>{line}</li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function linesOf(overview: Overview, letter: DeadLetter | undefined): ComponentChildren[] {
  const { longestLock, longestIdle, deadLetters, runs } = overview;
  const lines: ComponentChildren[] = [];
  if (deadLetters > 0)
    lines.push(
      <>
        <a class="link" href={addressOf('dead-letters')}>
          {plural(deadLetters, 'dead letter')}
        </a>
        {letter !== undefined && (
          <>
            , the oldest for <UserText text={letter.target} /> <Time at={letter.at} />
          </>
        )}
      </>,
    );
  if (longestLock !== null && isOld(longestLock.since))
    lines.push(
      <>
        <RunLink id={longestLock.instanceId} /> holds the lock of <EntityLink id={longestLock.entityId} /> for{' '}
        <Time at={longestLock.since} since />
        {longestLock.waiterCount > 0 && <>, and {plural(longestLock.waiterCount, 'orchestration')} wait for it</>}
      </>,
    );
  for (const { name, count: failed } of (runs ?? []).filter(({ runtimeStatus }) => runtimeStatus === 'failed'))
    lines.push(
      <a class="link" href={addressOf('runs', { name, status: 'failed' })}>
        <UserText text={name} />: {count(failed)} failed
      </a>,
    );
  if (longestIdle !== null && isOld(longestIdle.lastUpdatedAt))
    lines.push(
      <>
        <a class="link mono" href={runAddress(longestIdle.instanceId)}>
          <UserText text={longestIdle.instanceId} />
        </a>{' '}
        has not moved for <Time at={longestIdle.lastUpdatedAt} since />
      </>,
    );
  return lines;
}

function isOld(at: string | null): boolean {
  return at !== null && nowMs.value - Date.parse(at) > longMs;
}
