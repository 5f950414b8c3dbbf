/** `incr uninstall …`: takes out what `incr install …` has put somewhere. */
import { command, declareCommand } from "../command.ts";
import { DRY_RUN } from "../install/flags.ts";

export const skill = declareCommand({
  path: ["uninstall", "skill"],
  summary: "Take the session skill's scripts out of this repository",
  help: "Removes exactly the files that were installed and are as they were; those that you changed stay. Workflows and their archives are not touched.",
  flags: DRY_RUN,
  examples: [{ run: "incr uninstall skill" }],
  json: "installation",
});

export const commands = [command(skill, () => import("./uninstall/skill.ts"))];
