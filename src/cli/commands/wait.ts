/** `incr wait`: stands alone, since it is about sessions of all kinds. */
import { command, declareCommand } from "../command.ts";

export const wait = declareCommand({
  path: ["wait"],
  summary: "Wait until work sessions, agent sessions and jobs have ended",
  help: "Exit codes: 0 all completed, 1 one failed, was killed or abandoned, 3 an id is not known, 7 one needs attention, 124 the time was over.",
  args: {
    id: { description: "Ids, or the starts of them", required: true, variadic: true, complete: "waitable" },
  },
  flags: { timeout: { type: "duration", value: "TIME", description: "Give up after this long" } },
  examples: [{ run: "incr wait k3j2 m4d7 --timeout 10m" }],
  json: "wait",
});

export const commands = [command(wait, () => import("./wait/wait.ts"))];
