/** Icons: drawn lines on a grid of 16, in the colour of the text. */
const paths = {
  overview: 'M2.5 9.5h3v4h-3zM6.5 5.5h3v8h-3zM10.5 2.5h3v11h-3z',
  entities: 'M8 2.2l5.2 2.9v5.8L8 13.8l-5.2-2.9V5.1zM8 8l5-2.8M8 8v5.6M8 8L3 5.2',
  runs: 'M3 3.5h6M3 8h10M6 12.5h7',
  locks: 'M4 7.5h8v6H4zM5.8 7.5V5a2.2 2.2 0 0 1 4.4 0v2.5',
  'dead-letters': 'M2.5 4h11v8.5h-11zM2.5 4.5L8 9l5.5-4.5',
  workers: 'M3 3h10v4H3zM3 9h10v4H3zM5.2 5h.1M5.2 11h.1',
  search: 'M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4zM10.2 10.2l3.3 3.3',
  close: 'M4 4l8 8M12 4l-8 8',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.6 8z',
  chevron: 'M6 3.5L10.5 8 6 12.5',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  wide: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.2 2.8L9 7M2.8 13.2L7 9',
  help: 'M6 6a2 2 0 1 1 2.8 1.8c-.5.3-.8.6-.8 1.2v.5M8 12.2v.1',
  theme: 'M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11',
  logout: 'M6.5 2.5h-4v11h4M6 8h7.5M10.5 5l3 3-3 3',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
