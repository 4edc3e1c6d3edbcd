import { bashScript } from './shells/bash.ts';
import { fishScript } from './shells/fish.ts';
import { zshScript } from './shells/zsh.ts';

/** Returns the completion script of the `ipvs` command for a shell; undefined for an unsupported shell. */
export function completionScript(shell: string): string | undefined {
  if (shell === 'bash') return bashScript();
  if (shell === 'zsh') return zshScript();
  return shell === 'fish' ? fishScript() : undefined;
}
