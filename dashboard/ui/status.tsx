/** Statuses: a word with a shape and a colour, so that no status is told by colour alone. */
import type { Bar, RuntimeStatus } from '../api/answers.js';

const shapes: Readonly<Record<RuntimeStatus, string>> = {
  pending: 'M8 3a5 5 0 1 0 .01 0',
  running: 'M8 3a5 5 0 1 1-5 5',
  suspended: 'M5.8 3.8v8.4M10.2 3.8v8.4',
  completed: 'M3.5 8.5l3 3 6-7',
  failed: 'M4 4l8 8M12 4l-8 8',
  terminated: 'M4 4h8v8H4z',
};

export function Status({ status }: { readonly status: RuntimeStatus }) {
  return (
    <span class={`status is-${status}`}>
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        <path d={shapes[status]} />
      </svg>
      {status}
    </span>
  );
}

const outcomes: Readonly<Record<Bar['outcome'], RuntimeStatus>> = {
  open: 'running',
  ok: 'completed',
  failed: 'failed',
  cancelled: 'terminated',
  sent: 'completed',
};

export function Outcome({ outcome }: { readonly outcome: Bar['outcome'] }) {
  return (
    <span class={`status is-${outcomes[outcome]}`}>
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        <path d={shapes[outcomes[outcome]]} />
      </svg>
      {outcome}
    </span>
  );
}
