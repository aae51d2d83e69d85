/** Theme: that of the system, or the reader's choice, which this browser keeps. */
import { effect, signal } from '@preact/signals';

const themes = ['system', 'light', 'dark'] as const;

type Theme = (typeof themes)[number];

const place = 'durable-entities.theme';

export const theme = signal<Theme>(kept());

function kept(): Theme {
  try {
    return themes.find((name) => name === localStorage.getItem(place)) ?? 'system';
  } catch {
    return 'system';
  }
}

export function nextTheme(): void {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] as Theme;
}

export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
    try {
      localStorage.setItem(place, theme.value);
    } catch {
      // The choice lasts as long as the page.
    }
  });
}
