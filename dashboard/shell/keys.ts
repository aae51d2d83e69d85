/** Keys of the whole page. Keys in a field belong to the field. */
import { signal } from '@preact/signals';
import { isPaused } from '../api/live.js';
import { giveEscape } from '../ui/escape.js';
import { closeDrawer, go, pages, route } from '../routing/route.js';

export const isHelpOpen = signal(false);

/** Time in which the second key of a pair counts. */
const pairMs = 1_500;

let firstKeyAtMs: number | undefined;

/** Listens until the returned function is called. */
export function listenToKeys(): () => void {
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === 'Escape') return onEscape();
  if (event.target instanceof Element && event.target.closest('input, textarea, select') !== null) return;
  if (firstKeyAtMs !== undefined && performance.now() - firstKeyAtMs < pairMs) {
    firstKeyAtMs = undefined;
    const page = pages.find(({ key }) => key === event.key);
    if (page === undefined) return;
    event.preventDefault();
    go(page.name);
    return;
  }
  const action = actions[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
}

function onEscape(): void {
  if (isHelpOpen.value) isHelpOpen.value = false;
  else if (giveEscape()) return;
  else if (route.value.query['entity'] !== undefined || route.value.query['run'] !== undefined) closeDrawer();
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

const actions: Readonly<Record<string, () => void>> = {
  g: () => {
    firstKeyAtMs = performance.now();
  },
  j: () => moveRow(1),
  k: () => moveRow(-1),
  p: () => {
    isPaused.value = !isPaused.value;
  },
  '/': () => document.querySelector<HTMLElement>('#search')?.focus(),
  '?': () => {
    isHelpOpen.value = !isHelpOpen.value;
  },
};

/** Moves the focus to the link of the next or previous row: in the drawer, if the focus is there. */
function moveRow(step: 1 | -1): void {
  const area = document.activeElement?.closest('.drawer') ?? document.querySelector('main');
  const rows = [...(area?.querySelectorAll<HTMLElement>('tbody tr') ?? [])].filter(
    (row) => row.querySelector('a') !== null,
  );
  const present = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[present < 0 ? (step === 1 ? 0 : rows.length - 1) : present + step];
  next?.querySelector('a')?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
