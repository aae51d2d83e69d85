/** Notices that tell what an action did. They stand for some seconds, and are announced to screen readers. */
import { signal } from '@preact/signals';

interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isProblem: boolean;
}

const notices = signal<readonly Notice[]>([]);
const shownMs = 5_000;
const noticesMax = 4;
let lastId = 0;

export function tell(text: string, isProblem = false): void {
  const id = ++lastId;
  notices.value = [...notices.value, { id, text, isProblem }].slice(-noticesMax);
  window.setTimeout(() => {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }, shownMs);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {notices.value.map(({ id, text, isProblem }) => (
        <p key={id} class={isProblem ? 'toast is-problem' : 'toast'}>
          {text}
        </p>
      ))}
    </div>
  );
}
