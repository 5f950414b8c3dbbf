/** `incr uninstall …`: takes out what `incr install …` has put somewhere. */
import { command, declareCommand } from "../command.ts";
import { DRY_RUN, SCOPE_FLAGS } from "../install/flags.ts";

export const skill = declareCommand({
  path: ["uninstall", "skill"],
  summary: "Take the session skill's scripts out of this repository",
  help: "Removes exactly the files that were installed and are as they were; those that you changed stay. Workflows and their archives are not touched.",
  flags: DRY_RUN,
  examples: [{ run: "incr uninstall skill" }],
  json: "installation",
});

const AGENT_HELP =
  "Removes exactly what was put there and is as it was; files and entries that you changed stay, and are named. The journal is not touched.";

const AGENT_FLAGS = { ...SCOPE_FLAGS, ...DRY_RUN };

export const claude = declareCommand({
  path: ["uninstall", "claude"],
  summary: "Take what `incr install claude` has written out again",
  help: AGENT_HELP,
  flags: AGENT_FLAGS,
  examples: [{ run: "incr uninstall claude" }, { run: "incr uninstall claude --user" }],
  json: "installation",
});

export const codex = declareCommand({
  path: ["uninstall", "codex"],
  summary: "Take what `incr install codex` has written out again",
  help: AGENT_HELP,
  flags: AGENT_FLAGS,
  examples: [{ run: "incr uninstall codex" }, { run: "incr uninstall codex --user" }],
  json: "installation",
});

export const opencode = declareCommand({
  path: ["uninstall", "opencode"],
  summary: "Take what `incr install opencode` has written out again",
  help: AGENT_HELP,
  flags: AGENT_FLAGS,
  examples: [{ run: "incr uninstall opencode" }, { run: "incr uninstall opencode --user" }],
  json: "installation",
});

export const exclude = declareCommand({
  path: ["uninstall", "exclude"],
  summary: "Take incr's lines out of this repository's info/exclude",
  help: "They keep out of `git status` what coding agents leave for jobs, `.incr-commit-message` and `.incr-review`. The next job puts them there again.",
  flags: DRY_RUN,
  examples: [{ run: "incr uninstall exclude" }],
  json: "installation",
});

export const commands = [
  command(claude, async () => (await import("./uninstall/agent.ts")).uninstalling("claude")),
  command(codex, async () => (await import("./uninstall/agent.ts")).uninstalling("codex")),
  command(opencode, async () => (await import("./uninstall/agent.ts")).uninstalling("opencode")),
  command(skill, () => import("./uninstall/skill.ts")),
  command(exclude, () => import("./uninstall/exclude.ts")),
];
