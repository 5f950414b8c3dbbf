/** `incr install …`: brings parts of incr to where they are used. */
import { command, declareCommand } from "../command.ts";
import { INSTALL_FLAGS } from "../install/flags.ts";

export const skill = declareCommand({
  path: ["install", "skill"],
  summary: "Put the session skill's scripts into this repository",
  help: `
Writes \`.claude/skills/session/\` into the checkout that you stand in: \`SKILL.md\` and the scripts get.ts, set.ts, reset.ts and save.ts, which do what
\`incr workflow\` does, with bun or Node 22.18 and newer and nothing else. Shows first what it does to each file. Files that did not come from incr, or were
changed since, are not replaced. Running it again brings the files up to date.`,
  flags: INSTALL_FLAGS,
  examples: [{ run: "incr install skill" }, { run: "incr install skill --dry-run", note: "only look" }],
  json: "installation",
});

export const commands = [command(skill, () => import("./install/skill.ts"))];
