/** `incr help session start` is `incr session start --help`. */
import { command, declareCommand } from "../command.ts";

export const helpCommand = declareCommand({
  path: ["help"],
  summary: "Explain a command",
  args: {
    command: { variadic: true, description: "The words of the command; none for the overview", complete: "none" },
  },
  examples: [{ run: "incr help session start" }, { run: "incr help" }],
});

export const commands = [command(helpCommand, () => import("./help/show.ts"))];
