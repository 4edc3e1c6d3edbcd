/**
 * Colours as custom properties of CSS, so that charts follow the light or dark mode. Bars and lines use the
 * palette of Okabe and Ito, by its names; `reference` is for what a chart compares with, such as the lower bound.
 */
const light: Readonly<Record<string, string>> = {
  background: '#ffffff',
  text: '#1a1a1a',
  muted: '#5a5a5a',
  line: '#dedede',
  vermilion: '#D55E00',
  orange: '#E69F00',
  blue: '#0072B2',
  green: '#009E73',
  reference: '#8a8a8a',
  purple: '#CC79A7',
};
const dark: Readonly<Record<string, string>> = {
  background: '#15181c',
  text: '#e8e8e8',
  muted: '#a5abb3',
  line: '#343a42',
  vermilion: '#F08A45',
  orange: '#F2BE4B',
  blue: '#56B4E9',
  green: '#3CC99B',
  reference: '#9a9a9a',
  purple: '#E39AC4',
};

/** Returns a colour of the theme for the chart library. */
export function colour(name: string): string {
  if (!(name in light)) throw new Error(`no colour is called ${name}`);
  return `var(--${name})`;
}

function properties(theme: Readonly<Record<string, string>>): string {
  return Object.entries(theme)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}

/** The style sheet that sets the colours for light and dark mode. */
export const colourStyle: string =
  `:root{color-scheme:light dark;${properties(light)}}` +
  `@media (prefers-color-scheme:dark){:root{${properties(dark)}}}`;
