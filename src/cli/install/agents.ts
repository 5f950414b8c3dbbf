/** What `incr install` puts in place for each coding agent: commands and skills, and what feeds the journal. */
import { isAbsolute, join } from "node:path";
import type { WantedFile } from "../../domain/install.ts";
import type { InstallTarget } from "../../usecases/install/install.ts";
import type { Environment } from "../context.ts";
import { hookEntries, launcherFile } from "./hooks.ts";
import type { Place } from "./installation.ts";
import { JOURNAL_COMMANDS, packagedFiles, packagedText, WORKSTREAM_SKILLS } from "./packaged.ts";
import { settingsPlace, type Scope } from "./scope.ts";
import { SESSION_SKILL } from "./session-skill.ts";

export type AgentName = "claude" | "codex" | "opencode";

export const AGENTS: Readonly<Record<AgentName, string>> = {
  claude: "Claude Code",
  codex: "codex",
  opencode: "opencode",
};

/** All that is installed for an agent. The first place is the one that its settings are in. */
export function agentPlaces(agent: AgentName, scope: Scope, env: Environment): [Place, ...Place[]] {
  const { root, prefix } = settings(agent, scope, env);
  const target: InstallTarget = {
    name: agent,
    ...(scope.kind === "user" ? { flags: " --user" } : {}),
    title: `incr in ${AGENTS[agent]}`,
    manifest: `${prefix}.incr-installed.json`,
    beside: agent === "claude" && scope.kind === "repo" ? [SESSION_SKILL.manifest] : [],
    files: [...journalFiles(agent, scope, prefix), ...skillFiles(agent, scope, prefix)],
    ...(agent === "opencode" ? {} : { entries: [hookSettings(agent, scope, prefix)] }),
  };
  if (scope.kind === "user") {
    target.files = [...target.files, launcherFile(`${prefix}incr/incr`, process.execPath)];
    return [{ root, target }];
  }
  return scope.commonDir === null ? [{ root, target }] : [{ root, target }, launcherPlace(target, scope.commonDir)];
}

function settings(agent: AgentName, scope: Scope, env: Environment): { root: string; prefix: string } {
  if (scope.kind === "repo") return { root: scope.root, prefix: `.${agent}/` };
  const { home } = scope;
  const folder = {
    claude: absolute(env["CLAUDE_CONFIG_DIR"]) ?? join(home, ".claude"),
    codex: absolute(env["CODEX_HOME"]) ?? join(home, ".codex"),
    opencode: join(absolute(env["XDG_CONFIG_HOME"]) ?? join(home, ".config"), "opencode"),
  }[agent];
  return settingsPlace(home, folder);
}

/** codex has no commands of its own. */
function journalFiles(agent: AgentName, scope: Scope, prefix: string): WantedFile[] {
  const place = (name: string): readonly [path: string, packaged: string] => {
    if (agent === "codex") return [`${skillFolder(agent, scope, prefix)}/${name}/SKILL.md`, `skills/${name}/SKILL.md`];
    return [`${prefix}${agent === "claude" ? "commands" : "command"}/${name}.md`, `commands/${name}.md`];
  };
  const files = JOURNAL_COMMANDS.map(place);
  if (agent === "opencode") files.push([`${prefix}plugin/incr.js`, "opencode/incr.js"]);
  return files.map(([path, packaged]) => ({ path, text: packagedText(packaged) }));
}

function skillFiles(agent: AgentName, scope: Scope, prefix: string): WantedFile[] {
  const folder = skillFolder(agent, scope, prefix);
  return WORKSTREAM_SKILLS.flatMap((skill) =>
    packagedFiles(`skills/${skill}`).map((file) => ({
      path: `${folder}/${skill}/${file}`,
      text: packagedText(`skills/${skill}/${file}`),
    })),
  );
}

/** codex reads the skills of a repository from `.agents`. */
function skillFolder(agent: AgentName, { kind }: Scope, prefix: string): string {
  if (agent === "opencode") return `${prefix}skill`;
  return `${agent === "codex" && kind === "repo" ? ".agents/" : prefix}skills`;
}

function hookSettings(
  agent: "claude" | "codex",
  scope: Scope,
  prefix: string,
): { path: string; entries: ReturnType<typeof hookEntries> } {
  const own = { claude: "${CLAUDE_CONFIG_DIR:-$HOME/.claude}", codex: "${CODEX_HOME:-$HOME/.codex}" }[agent];
  const launcher =
    scope.kind === "user" ? `${own}/incr` : `$(git rev-parse --git-common-dir 2>/dev/null)/incr/${agent}`;
  const file = { claude: "settings.json", codex: "hooks.json" }[agent];
  return { path: `${prefix}${file}`, entries: hookEntries(agent, launcher) };
}

/** Beside the repository's own files, which are committed, the one that holds for this machine. */
function launcherPlace({ name, title }: InstallTarget, commonDir: string): Place {
  const folder = `incr/${name}`;
  const files = [launcherFile(`${folder}/incr`, process.execPath)];
  return { root: commonDir, target: { name, title, manifest: `${folder}/.installed.json`, files } };
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
