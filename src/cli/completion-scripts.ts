/**
 * What each shell needs to ask `incr __complete`. Its answer is one candidate a line, `value<TAB>description`, or one line that hands over to the shell:
 * `:file`, `:directory` or `:command`.
 */
import type { ShellName } from "./shell-changes.ts";

/** The script that installs completion for `incr` and `work`. */
export function completionScript(shell: ShellName): string {
  return SCRIPTS[shell];
}

// `compopt` is missing in the bash 3.2 of macOS, hence the second ways.
const BASH = `_incr_complete() {
  local line cur=\${COMP_WORDS[COMP_CWORD]-}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :file) compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$cur")) ;;
      :directory) compopt -o dirnames 2>/dev/null || COMPREPLY=($(compgen -d -- "$cur")) ;;
      :command) COMPREPLY=($(compgen -c -- "$cur")) ;;
      ?*) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(command incr __complete bash -- "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
}
complete -F _incr_complete incr work
`;

// Works evaluated from .zshrc (after compinit) and as the file _incr in a folder of fpath.
// A colon without a description behind it would be shown as a "--" of its own, hence `:+`.
const ZSH = `#compdef incr work
_incr() {
  local line
  local -a candidates
  for line in "\${(@f)$(command incr __complete zsh -- "\${(@Q)words[1,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :file) _files; return ;;
      :directory) _files -/; return ;;
      :command) _command_names -e; return ;;
      ?*) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${line#*$'\\t'}:+:\${line#*$'\\t'}}") ;;
    esac
  done
  (( $#candidates )) && _describe -V incr candidates
}
if [[ \${funcstack[1]-} = _incr ]]; then
  _incr "$@"
elif (( $+functions[compdef] )); then
  compdef _incr incr work
fi
`;

const FISH = `function __incr_complete
    set -l lines (command incr __complete fish -- (commandline -opc) (commandline -ct) 2>/dev/null)
    switch "$lines[1]"
        case ':file'
            __fish_complete_path (commandline -ct)
        case ':directory'
            __fish_complete_directories (commandline -ct) ''
        case ':command'
            __fish_complete_command
        case '*'
            printf '%s\\n' $lines
    end
end
complete -c incr -f -k -a '(__incr_complete)'
complete -c work -f -k -a '(__incr_complete)'
`;

const SCRIPTS: Readonly<Record<ShellName, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
