/** Completion alone, for those who do not want the function of `incr shell init`, and its hidden engine. */
import { command, declareCommand } from "../command.ts";
import { SHELLS } from "../shell-changes.ts";

export const completion = declareCommand({
  path: ["completion"],
  summary: "Print the completion script for a shell",
  help: "Completes nouns, verbs, flags, their values and the ids of todos, sessions and workspaces. `incr shell init` contains it already.",
  args: { shell: { required: true, choices: SHELLS, description: "The shell to print for" } },
  examples: [
    { run: "incr completion bash > ~/.local/share/bash-completion/completions/incr", note: "bash" },
    { run: "incr completion zsh > ~/.zfunc/_incr", note: "zsh, in a folder of fpath" },
    { run: "incr completion fish > ~/.config/fish/completions/incr.fish", note: "fish" },
  ],
});

export const commands = [command(completion, () => import("./completion/script.ts"))];
