/** Shell of all pages: the rail of pages, the top bar, the page, and the drawer beside it. */
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Overview } from '../api/answers.js';
import { isLoginNeeded } from '../api/session.js';
import { useResource } from '../api/resource.js';
import { EntitiesPage } from '../entities/entities.js';
import { EntityDrawer } from '../entities/entity-drawer.js';
import { LettersPage } from '../letters/letters.js';
import { LocksPage } from '../locks/locks.js';
import { OverviewPage } from '../overview/overview.js';
import { addressOf, pages, route, type PageName } from '../routing/route.js';
import { RunDrawer } from '../runs/run-drawer.js';
import { RunsPage } from '../runs/runs.js';
import { Icon } from '../ui/icons.js';
import { Toasts } from '../ui/toasts.js';
import { count } from '../ui/text.js';
import { WorkersPage } from '../workers/workers.js';
import { KeysHelp } from './keys-help.js';
import { listenToKeys } from './keys.js';
import { Login } from './login.js';
import { TopBar } from './top-bar.js';

/** Interval of the counts in the rail: the server counts once in this time. */
const badgeRestMs = 5_000;

const bodies: Readonly<Record<PageName, FunctionComponent>> = {
  overview: OverviewPage,
  entities: EntitiesPage,
  runs: RunsPage,
  locks: LocksPage,
  'dead-letters': LettersPage,
  workers: WorkersPage,
};

export function Shell() {
  return isLoginNeeded.value ? <Login /> : <Frame />;
}

function Frame() {
  useEffect(listenToKeys, []);
  const { page, query } = route.value;
  const Body = bodies[page];
  const title = pages.find(({ name }) => name === page)?.title ?? '';
  useEffect(() => {
    document.title = `${title} · durable-entities`;
  }, [title]);
  const { entity, run } = query;
  const isOpen = entity !== undefined || run !== undefined;
  return (
    <div class={isOpen ? 'shell has-drawer' : 'shell'}>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the page
      </a>
      <Rail page={page} />
      <div class="body">
        <TopBar title={title} />
        <main id="main" tabIndex={-1}>
          <Body key={page} />
        </main>
      </div>
      {entity !== undefined && <EntityDrawer key="drawer" id={entity} />}
      {entity === undefined && run !== undefined && <RunDrawer key="drawer" id={run} />}
      <KeysHelp />
      <Toasts />
    </div>
  );
}

/** The fragment is the route, so the link moves the focus itself. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main')?.focus();
}

function Rail({ page }: { readonly page: PageName }) {
  const { data } = useResource<Overview>('overview', () => true, badgeRestMs);
  return (
    <nav class="rail" aria-label="Pages">
      <a class="brand" href={addressOf('overview')} aria-label="durable-entities">
        <Mark />
        <span>durable-entities</span>
      </a>
      {pages.map(({ name, title, key }) => (
        <a
          key={name}
          class="rail-link"
          href={addressOf(name)}
          {...(name === page && { 'aria-current': 'page' })}
          title={`${title} (g ${key})`}
        >
          <Icon name={name} />
          <span>{title}</span>
          {name === 'dead-letters' && data !== undefined && data.deadLetters > 0 && (
            <span class="badge">{count(data.deadLetters)}</span>
          )}
        </a>
      ))}
    </nav>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M10.5 8h5A2.5 2.5 0 0 1 18 10.5v5a2.5 2.5 0 0 1-2.5 2.5h-5A2.5 2.5 0 0 1 8 15.5v-5A2.5 2.5 0 0 1 10.5 8zM22 14v6a4 4 0 0 1-4 4h-6" />
    </svg>
  );
}
