/** `incr doctor`: what is wrong, and putting it right. */
import { command, declareCommand } from "../command.ts";

export const doctor = declareCommand({
  path: ["doctor"],
  summary: "Look for everything that is not as it should be, and repair it with --fix",
  help: "Without --fix nothing is changed, not even what died is settled. Each finding says what it means, and what --fix would do about it or what you can do yourself. Repairs keep work before anything is emptied or removed, and each one is reported. Exits 0 if nothing is wrong (or everything was repaired), 1 if an error or a warning is left. Outside of a repository only the machine-wide part is looked at.",
  flags: {
    fix: { type: "boolean", description: "Repair what can be repaired" },
    gone: {
      type: "string",
      value: "WORKSPACE",
      multiple: true,
      complete: "workspace",
      description:
        "With --fix: nothing of this workspace's lease runs any more, although that cannot be told from here (another machine, a container that was removed)",
    },
  },
  examples: [
    { run: "incr doctor" },
    { run: "incr doctor --fix" },
    { run: "incr doctor --fix --gone ws-003", note: "its container was removed" },
  ],
  json: "doctor",
});

export const commands = [command(doctor, () => import("./doctor/diagnose.ts"))];
