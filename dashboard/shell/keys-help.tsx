/** Help on keys. */
import { useEffect, useRef } from 'preact/hooks';
import { pages } from '../routing/route.js';
import { Icon } from '../ui/icons.js';
import { isHelpOpen } from './keys.js';

const keys: readonly (readonly [keys: string, what: string])[] = [
  ...pages.map(({ key, title }) => [`g ${key}`, title] as const),
  ['/', 'Search an id'],
  ['j k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['Escape', 'Close the drawer or the question'],
  ['p', 'Pause, and go on'],
  ['+ − 0', 'Zoom the timeline, and show all'],
  ['← →', 'Move the timeline'],
  ['?', 'These keys'],
];

export function KeysHelp() {
  const isOpen = isHelpOpen.value;
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) place.current?.showModal();
    else place.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={place} class="help" aria-labelledby="help-title" onClose={() => (isHelpOpen.value = false)}>
      <div class="section-head">
        <h2 id="help-title">Keys</h2>
        <button
          type="button"
          class="button is-quiet"
          aria-label="Close (Escape)"
          onClick={() => (isHelpOpen.value = false)}
        >
          <Icon name="close" />
        </button>
      </div>
      <dl class="keys">
        {keys.map(([name, what]) => (
          <div key={name}>
            <dt>
              {name.split(' ').map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
