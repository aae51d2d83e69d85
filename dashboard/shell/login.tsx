/** Login with a token. */
import { useSignal } from '@preact/signals';
import { ApiError } from '../api/client.js';
import { login, session } from '../api/session.js';

export function Login() {
  const token = useSignal('');
  const problem = useSignal('');
  const isBusy = useSignal(false);
  if (session.value?.login !== 'token') return <Closed />;
  const submit = async (event: Event) => {
    event.preventDefault();
    isBusy.value = true;
    problem.value = '';
    try {
      await login(token.value);
    } catch (error) {
      problem.value = error instanceof ApiError ? error.message : String(error);
    }
    token.value = '';
    isBusy.value = false;
  };
  return (
    <main class="login">
      <form onSubmit={(event) => void submit(event)}>
        <h1>durable-entities</h1>
        {/* Password managers keep a token under a name. */}
        <input
          class="hidden"
          type="text"
          autocomplete="username"
          value="token"
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <label for="token">Token</label>
        <input
          id="token"
          class="input mono"
          type="password"
          autocomplete="current-password"
          value={token.value}
          onInput={(event) => (token.value = event.currentTarget.value)}
        />
        <p class="note is-failed" role="alert">
          {problem.value}
        </p>
        <button type="submit" class="button is-strong" disabled={isBusy.value || token.value === ''}>
          Log in
        </button>
      </form>
    </main>
  );
}

/** No token opens the page: the application, or the address that the server printed, does. */
function Closed() {
  return (
    <main class="login">
      <div>
        <h1>durable-entities</h1>
        <p class="muted">
          {session.value?.login === 'application'
            ? 'Log in to the application first, then read this page again.'
            : 'Only this machine may read. Open the address that the server printed at its start.'}
        </p>
      </div>
    </main>
  );
}
