import type { Command } from 'commander';

/** Shells that `penstock completion` writes for. */
export const SHELLS = ['bash', 'zsh'] as const;
export type Shell = (typeof SHELLS)[number];

interface Verb {
  readonly name: string;
  readonly options: readonly string[];
  /** Words of its first argument; without them it takes a file. */
  readonly words: readonly string[];
}

/** A completion script, made from the commands as they are. `typeNames` are the words of `types`. */
export function completionScript(shell: Shell, program: Command, typeNames: readonly string[]): string {
  const verbs = program.commands.map((command): Verb => {
    const options = [command, ...command.commands].flatMap((each) =>
      each.options.flatMap(({ long }) => (long ? [long] : [])),
    );
    const verbsOf = command.commands.map((each) => each.name());
    const choices = command.registeredArguments[0]?.argChoices ?? verbsOf;
    const words = command.name() === 'types' ? typeNames : choices;
    return { name: command.name(), options: [...new Set(options), '--help'], words };
  });
  return shell === 'bash' ? bash(verbs) : zsh(verbs);
}

function bash(verbs: readonly Verb[]): string {
  const cases = verbs.map(
    ({ name, options, words }) => `    ${name}) options='${options.join(' ')}' words='${words.join(' ')}' ;;`,
  );
  return `# penstock completion bash > /etc/bash_completion.d/penstock, or: source <(penstock completion bash)
_penstock() {
  local current="\${COMP_WORDS[COMP_CWORD]}" options='' words=''
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${verbs.map(({ name }) => name).join(' ')} --help --version' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o default -F _penstock penstock
`;
}

function zsh(verbs: readonly Verb[]): string {
  const cases = verbs.map(
    ({ name, options, words }) =>
      `    ${name}) options=(${options.join(' ')}) candidates=(${words.join(' ')}) ;;`,
  );
  return `#compdef penstock
# source <(penstock completion zsh), or as file _penstock in a folder of $fpath
_penstock() {
  local -a options candidates
  if (( CURRENT == 2 )); then
    compadd -- ${verbs.map(({ name }) => name).join(' ')} --help --version
    return
  fi
  case "$words[2]" in
${cases.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then
    compadd -- $options
  elif (( $#candidates )); then
    compadd -- $candidates
  else
    _files
  fi
}
if [[ $funcstack[1] == _penstock ]]; then _penstock "$@"; else compdef _penstock penstock; fi
`;
}
