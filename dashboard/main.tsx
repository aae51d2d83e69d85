/** Start of the page. */
import { render } from 'preact';
import { signal } from '@preact/signals';
import { followHub } from './api/live.js';
import { beginSession, watchSession } from './api/session.js';
import { Shell } from './shell/shell.js';
import { applyTheme } from './shell/theme.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/tables.css';
import './styles/details.css';

const retryMs = 1_000;
const state = signal<'asking' | 'away' | 'ready'>('asking');

function Page() {
  if (state.value === 'ready') return <Shell />;
  return (
    <main class="login" aria-busy="true">
      <p class="muted">{state.value === 'away' ? 'The server does not answer. The page tries again by itself.' : ''}</p>
    </main>
  );
}

async function begin(): Promise<void> {
  try {
    await beginSession();
    state.value = 'ready';
  } catch {
    state.value = 'away';
    window.setTimeout(() => void begin(), retryMs);
  }
}

applyTheme();
followHub();
watchSession();
render(<Page />, document.getElementById('app') as HTMLElement);
void begin();
