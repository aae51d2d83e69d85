/** Scripts for shells that complete the command line. The shell asks the command itself, so a script never grows old. */

/** The argument by which a shell asks for proposals. */
export const completeArgument = '__complete';

const name = 'durable-entities';

/**
 * Each script gives the words before the cursor as single arguments, and takes proposals line by line. No part of them is evaluated, and all
 * proposals are names of commands and flags: none comes from a task hub.
 */
export const completionScripts = {
  bash: `# ${name} completion bash >> ~/.bashrc
_durable_entities() {
  mapfile -t COMPREPLY < <("$1" ${completeArgument} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _durable_entities ${name}
`,
  zsh: `#compdef ${name}
# ${name} completion zsh > "\${fpath[1]}/_${name}"
_durable_entities() {
  local -a found
  found=("\${(@f)$("$words[1]" ${completeArgument} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found || _files
}
compdef _durable_entities ${name}
`,
  fish: `# ${name} completion fish > ~/.config/fish/completions/${name}.fish
function __durable_entities_complete
  set -l words (commandline -opc)
  $words[1] ${completeArgument} -- $words[2..] (commandline -ct) 2>/dev/null
end
complete -c ${name} -a '(__durable_entities_complete)'
`,
} as const;

export type Shell = keyof typeof completionScripts;
