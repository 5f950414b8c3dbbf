import { join } from "node:path";
import type { Input } from "../../command.ts";
import { completionScript } from "../../completion-scripts.ts";
import type { Context } from "../../context.ts";
import { stateFolder } from "../../folders.ts";
import { raw, type RawText } from "../../output.ts";
import { quoteForShell, type ShellName } from "../../shell-changes.ts";
import type { shellInit } from "../shell.ts";

/** The commands that leave the shell in another directory or environment. */
const INTERCEPTED = [
  "session/start",
  "session/resume",
  "session/done",
  "session/fail",
  "workspace/acquire",
  "workspace/release",
];

/** The script to evaluate. Its hand-over files lie in a private folder: the shell runs what stands in them. */
export function run(ctx: Context, { args: { shell } }: Input<typeof shellInit>): string {
  const folder = quoteForShell(shell, join(stateFolder(ctx.env), "shell"));
  return `${shellFunction(shell, folder)}\n${completionScript(shell)}`;
}

export function render(script: string): RawText {
  return raw(script);
}

function shellFunction(shell: ShellName, folder: string): string {
  if (shell === "fish") return fishFunction(folder);
  return posixFunction(shell, folder);
}

// Finds noun and verb between global flags; everything but the commands above goes straight to the program. `|| rc=$?` keeps a shell under `set -e`
// alive until the hand-over file is dealt with; every variable is local, `status` and `path` have a meaning of their own in zsh.
function posixFunction(shell: "bash" | "zsh", folder: string): string {
  return `function incr {
${shell === "zsh" ? "  emulate -L zsh\n" : ""}  local noun='' verb='' skip='' word='' out='' rc=0
  for word in "$@"; do
    if [[ -n $skip ]]; then skip=''; continue; fi
    case $word in
      --) break ;;
      -C) skip=1 ;;
      -*) ;;
      *) if [[ -z $noun ]]; then noun=$word; else verb=$word; break; fi ;;
    esac
  done
  case $noun/$verb in
    ${INTERCEPTED.join(" | ")}) ;;
    *) command incr "$@"; return ;;
  esac
  out=${folder}/$$-$RANDOM$RANDOM
  INCR_SHELL=${shell} INCR_SHELL_OUT=$out command incr "$@" || rc=$?
  if [[ -f $out ]]; then
    . "$out" || { [[ $rc -ne 0 ]] || rc=1; }
    command rm -f -- "$out"
  fi
  return $rc
}
`;
}

function fishFunction(folder: string): string {
  return `function incr --wraps incr --description 'incr, which can change the directory of this shell'
    set -l noun ''
    set -l verb ''
    set -l skip ''
    for word in $argv
        if test -n "$skip"
            set skip ''
            continue
        end
        switch $word
            case --
                break
            case -C
                set skip 1
            case '-*'
            case '*'
                if test -z "$noun"
                    set noun $word
                else
                    set verb $word
                    break
                end
        end
    end
    switch "$noun/$verb"
        case ${INTERCEPTED.join(" ")}
        case '*'
            command incr $argv
            return $status
    end
    set -l out ${folder}/$fish_pid-(random)(random)
    INCR_SHELL=fish INCR_SHELL_OUT=$out command incr $argv
    set -l rc $status
    if test -f "$out"
        source "$out"
        or test $rc -ne 0
        or set rc 1
        command rm -f -- "$out"
    end
    return $rc
end
`;
}
