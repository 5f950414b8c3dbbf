/** `incr install …`: brings parts of incr to where they are used. */
import { command, declareCommand } from "../command.ts";
import { CONSENT_FLAG, INSTALL_FLAGS, SCOPE_FLAGS } from "../install/flags.ts";

export const skill = declareCommand({
  path: ["install", "skill"],
  summary: "Put the session skill's scripts into this repository",
  help: `
Writes \`.claude/skills/session/\` into the checkout that you stand in: \`SKILL.md\` and the scripts get.ts, set.ts, reset.ts and save.ts, which do what
\`incr workflow\` does, with bun or Node 22.18 and newer and nothing else. Shows first what it does to each file, and asks if there is a terminal. Files that did not
come from incr, or were changed since, are not replaced. Running it again brings the files up to date.`,
  flags: { ...CONSENT_FLAG, ...INSTALL_FLAGS },
  examples: [{ run: "incr install skill" }, { run: "incr install skill --dry-run", note: "only look" }],
  json: "installation",
});

const AGENT_FLAGS = { ...SCOPE_FLAGS, ...CONSENT_FLAG, ...INSTALL_FLAGS };

const SHARED_HELP = `
Shows first what it does to each file, and asks. Files that did not come from incr, or were changed since, are not replaced; settings that were there stay as they
are. Running it again brings everything up to date.`;

export const claude = declareCommand({
  path: ["install", "claude"],
  summary: "Put /hello, /log and /bye and skills into Claude Code, and let it feed the journal",
  help: `
Writes \`.claude/commands/{hello,log,bye}.md\`, and hooks into \`.claude/settings.json\`: a session that begins is told what stands in the journal, prompts and
the end are told to the journal. The skills \`planning-workstreams\` and \`implementing-workstreams\` go into \`.claude/skills\`.
${SHARED_HELP}`,
  flags: AGENT_FLAGS,
  examples: [{ run: "incr install claude --yes" }, { run: "incr install claude --user --dry-run", note: "only look" }],
  json: "installation",
});

export const codex = declareCommand({
  path: ["install", "codex"],
  summary: "Put hello, log, bye and the skills for workstreams into codex, and let it feed the journal",
  help: `
Writes skills into \`.agents/skills\` (for the user: \`$CODEX_HOME/skills\`): \`hello\`, \`log\` and \`bye\`, to be called by \`$hello\`, \`$log\` and \`$bye\`,
\`planning-workstreams\` and \`implementing-workstreams\`; and hooks into \`.codex/hooks.json\`. codex runs hooks once you have trusted them: it asks when it starts
in a terminal.
${SHARED_HELP}`,
  flags: AGENT_FLAGS,
  examples: [{ run: "incr install codex --yes" }, { run: "incr install codex --user --dry-run", note: "only look" }],
  json: "installation",
});

export const opencode = declareCommand({
  path: ["install", "opencode"],
  summary: "Put /hello, /log and /bye and skills into opencode, and let it feed the journal",
  help: `
Writes \`.opencode/command/{hello,log,bye}.md\`, the plugin \`.opencode/plugin/incr.js\`, and the skills \`planning-workstreams\` and
\`implementing-workstreams\` into \`.opencode/skill\` (for the user: \`~/.config/opencode\`).
${SHARED_HELP}`,
  flags: AGENT_FLAGS,
  examples: [
    { run: "incr install opencode --yes" },
    { run: "incr install opencode --user --dry-run", note: "only look" },
  ],
  json: "installation",
});

export const commands = [
  command(claude, async () => (await import("./install/agent.ts")).installing("claude")),
  command(codex, async () => (await import("./install/agent.ts")).installing("codex")),
  command(opencode, async () => (await import("./install/agent.ts")).installing("opencode")),
  command(skill, () => import("./install/skill.ts")),
];
