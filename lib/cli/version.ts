import { readFileSync } from 'node:fs';

/** Returns the text of --version. */
export function versionText(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return `ipvs ${manifest.version}\n`;
}
