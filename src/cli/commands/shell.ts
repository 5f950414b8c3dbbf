/** The integration with the shells: a function around `incr` that can change directory, and completion. */
import { command, declareCommand } from "../command.ts";
import { SHELLS } from "../shell-changes.ts";

export const shellInit = declareCommand({
  path: ["shell", "init"],
  summary: "Print the shell function that changes directory, and completion",
  help: `
A process cannot change the directory of the shell that started it. The function printed here can: with it, \`incr session start\`, \`incr session resume\`
and \`incr workspace acquire\` take the shell into the workspace, and \`incr session done\` and \`incr session fail\` bring it back to the repository. It also
keeps the lease in the shell's environment (INCR_LEASE_ID, INCR_SESSION_ID, INCR_TODO_ID, INCR_WORKSPACE, INCR_PORT) and installs completion.

Put the first example into ~/.bashrc or ~/.zshrc, the second into ~/.config/fish/config.fish.`,
  args: { shell: { required: true, choices: SHELLS, description: "The shell to print for" } },
  examples: [
    { run: 'eval "$(incr shell init bash)"', note: "bash; zsh likewise" },
    { run: "incr shell init fish | source", note: "fish" },
  ],
});

export const commands = [command(shellInit, () => import("./shell/init.ts"))];
export const help =
  "Without the function everything works too: `incr session start` prints the path of the workspace as the only line on stdout.";
