/** The command `completion`: scripts for shells. */
import { completionScripts, type Shell } from '../completion-scripts.js';
import { buildRouteMap } from '../vendor/stricli.js';
import { command } from './command.js';

function script(shell: Shell) {
  return command<object>({
    brief: `Writes the script for ${shell}. Its first lines say where it belongs`,
    run: (terminal) => terminal.write(completionScripts[shell]),
  });
}

export const completion = buildRouteMap({
  routes: { bash: script('bash'), zsh: script('zsh'), fish: script('fish') },
  docs: { brief: 'Writes a script that completes this command in a shell' },
});
