/** Search by id: an exact id opens, and the beginning of one shows what there is. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Entity, Page, Run } from '../api/answers.js';
import { get, partsOf, withQuery } from '../api/client.js';
import { entityAddress, runAddress } from '../routing/route.js';
import { Icon } from '../ui/icons.js';
import { shown } from '../ui/text.js';

interface Hit {
  readonly id: string;
  readonly what: string;
  readonly href: string;
}

const typingMs = 200;
const hitsMax = 8;

/** Entities by `@name@key…`, orchestrations by the beginning of the id. */
async function find(text: string): Promise<readonly Hit[]> {
  if (/^@[^@]+@/.test(text)) {
    const { name, key } = partsOf(text);
    const { items } = await get<Page<Entity>>(withQuery('entities', { name, keyPrefix: key, limit: hitsMax }));
    return items.map(({ entityId: id }) => ({ id, what: 'entity', href: entityAddress(id) }));
  }
  const { items } = await get<Page<Run>>(withQuery('runs', { idPrefix: text, order: 'desc', limit: hitsMax }));
  return items.map(({ instanceId: id, name, runtimeStatus }) => ({
    id,
    what: `${shown(name, 40)}, ${runtimeStatus}`,
    href: runAddress(id),
  }));
}

export function Search() {
  const text = useSignal('');
  const hits = useSignal<readonly Hit[] | undefined>(undefined);
  const problem = useSignal('');
  const timer = useRef<number | undefined>(undefined);
  const look = async () => {
    const asked = text.value;
    if (asked === '') return;
    try {
      const found = await find(asked);
      if (asked !== text.value) return;
      hits.value = found;
      problem.value = found.length > 0 ? '' : 'Nothing has an id that begins so. Ids of entities are @name@key.';
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  const close = () => {
    text.value = '';
    hits.value = undefined;
    problem.value = '';
  };
  const onInput = (given: string) => {
    text.value = given;
    hits.value = undefined;
    problem.value = '';
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void look(), typingMs);
  };
  const isOpen = text.value !== '' && (hits.value !== undefined || problem.value !== '');
  return (
    <div class="search" role="search" aria-label="Search by id" onKeyDown={(event) => moveHit(event, close)}>
      <Icon name="search" />
      <input
        id="search"
        type="search"
        class="input"
        placeholder="Search ids"
        aria-label="Search an id"
        spellcheck={false}
        autocomplete="off"
        value={text.value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <kbd aria-hidden="true">/</kbd>
      {isOpen && (
        <div class="hits">
          {hits.value?.map(({ id, what, href }) => (
            <a key={id} class="hit" href={href} onClick={close}>
              <bdi class="mono">{shown(id, 80)}</bdi>
              <span class="muted">{what}</span>
            </a>
          ))}
          <p class="note" role="status">
            {problem.value}
          </p>
        </div>
      )}
    </div>
  );
}

/** Arrows move through the hits, Enter in the field opens the first one, and Escape closes. */
function moveHit(event: KeyboardEvent, close: () => void): void {
  const place = event.currentTarget as HTMLElement;
  const links = [...place.querySelectorAll<HTMLAnchorElement>('.hit')];
  const present = links.indexOf(document.activeElement as HTMLAnchorElement);
  if (event.key === 'ArrowDown') links[Math.min(present + 1, links.length - 1)]?.focus();
  else if (event.key === 'ArrowUp' && present <= 0) place.querySelector('input')?.focus();
  else if (event.key === 'ArrowUp') links[present - 1]?.focus();
  else if (event.key === 'Enter' && present < 0) links[0]?.click();
  else if (event.key === 'Escape') {
    close();
    place.querySelector('input')?.blur();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
