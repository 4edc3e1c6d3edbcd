import { bashScript } from './shells/bash.ts';
import { fishScript } from './shells/fish.ts';
import { zshScript } from './shells/zsh.ts';

/** The script that teaches a shell to complete ipvs; undefined for a shell without one here. */
export function completionScript(shell: string): string | undefined {
  if (shell === 'bash') return bashScript();
  if (shell === 'zsh') return zshScript();
  return shell === 'fish' ? fishScript() : undefined;
}
