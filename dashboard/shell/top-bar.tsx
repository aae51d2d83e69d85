/** Top bar: the page, the role of the process, the state of the live stream, search, and the theme. */
import { signal } from '@preact/signals';
import { lostAtMs, isPaused, liveState, rates } from '../api/live.js';
import { logout, session } from '../api/session.js';
import { Icon } from '../ui/icons.js';
import { duration, nowMs } from '../ui/time.js';
import { isHelpOpen } from './keys.js';
import { Search } from './search.js';
import { nextTheme, theme } from './theme.js';

const isLeaving = signal(false);

export function TopBar({ title }: { readonly title: string }) {
  return (
    <>
      <header class="top">
        <h1>{title}</h1>
        <Live />
        <div class="top-end">
          <Search />
          <button
            type="button"
            class="button is-quiet"
            aria-label={`Theme: ${theme.value}. Change`}
            onClick={nextTheme}
          >
            <Icon name="theme" />
          </button>
          <button
            type="button"
            class="button is-quiet wide-only"
            aria-label="Keys (?)"
            onClick={() => (isHelpOpen.value = true)}
          >
            <Icon name="help" />
          </button>
          {session.value?.user === 'session' && (
            <button
              type="button"
              class="button is-quiet"
              aria-label="Log out"
              disabled={isLeaving.value}
              onClick={() => void leave()}
            >
              <Icon name="logout" />
            </button>
          )}
        </div>
      </header>
      <Lost />
    </>
  );
}

async function leave(): Promise<void> {
  isLeaving.value = true;
  await logout().finally(() => {
    isLeaving.value = false;
  });
}

const words = { live: 'live', paused: 'paused', connecting: 'connecting', lost: 'no connection' } as const;

function Live() {
  const state = liveState.value;
  const role = rates.value?.role ?? undefined;
  return (
    <div class="live-state">
      <button
        type="button"
        class={`live is-${state}`}
        data-state={state}
        aria-pressed={isPaused.value}
        title={isPaused.value ? 'Go on (p)' : 'Pause (p)'}
        onClick={() => (isPaused.value = !isPaused.value)}
      >
        <Icon name={isPaused.value ? 'play' : 'pause'} />
        <span class="live-dot" aria-hidden="true" />
        {words[state]}
      </button>
      {role !== undefined && <span class="tag wide-only">{role}</span>}
    </div>
  );
}

/** A lost connection is told, and nothing that is shown goes away. */
function Lost() {
  if (liveState.value !== 'lost' || lostAtMs.value === undefined) return null;
  const ms = Math.max(0, nowMs.value - lostAtMs.value);
  return (
    <p class="lost" role="alert">
      The server has not answered for {duration(ms)}. The page shows what it read last, and goes on by itself.
    </p>
  );
}
