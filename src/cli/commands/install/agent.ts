/** `incr install claude|codex|opencode`. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { openInstallFolder } from "../../../install/folder.ts";
import type { InstallPlan } from "../../../usecases/install/install.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { agentPlaces, AGENTS, type AgentName } from "../../install/agents.ts";
import { installationAnswer, runInstall } from "../../install/installation.ts";
import { chooseScope, otherScope, type Scope } from "../../install/scope.ts";
import type { claude } from "../install.ts";

/** The body of the command for one agent. */
export function installing(agent: AgentName): {
  answer: typeof installationAnswer;
  run(ctx: Context, input: Pick<Input<typeof claude>, "flags">): Promise<InstallPlan>;
} {
  return { answer: installationAnswer, run: (ctx, { flags }) => installAgent(ctx, agent, flags) };
}

/** Puts an agent's part in place, and says what else the user has to know or do. */
async function installAgent(
  ctx: Context,
  agent: AgentName,
  { yes, force, dryRun, ...whom }: Input<typeof claude>["flags"],
): Promise<InstallPlan> {
  const scope = chooseScope(ctx, whom);
  const question = yes ? undefined : `Write this for ${scope.kind === "user" ? "you" : "this repository"}?`;
  const plan = await runInstall(ctx, agentPlaces(agent, scope, ctx.env), { force, dryRun, question });
  if (plan.changes) for (const line of advice(ctx, agent, scope)) ctx.notify(line);
  return plan;
}

function advice(ctx: Context, agent: AgentName, scope: Scope): { code: string; message: string }[] {
  const lines: { code: string; message: string }[] = [];
  const tell = (code: string, message: string) => void lines.push({ code, message });
  if (agent === "codex")
    tell("hooks_need_trust", "codex runs these hooks once you have trusted them: start it in a terminal, and it asks");
  if (!isOnPath(ctx.env["PATH"]))
    tell(
      "not_on_path",
      `incr is not on your PATH: hooks find it all the same, commands that ${AGENTS[agent]} runs do not`,
    );
  const [{ root, target }] = agentPlaces(agent, otherScope(ctx, scope), ctx.env);
  if (openInstallFolder(root).readManifest(target.manifest) !== null) {
    const [other, flag] = scope.kind === "user" ? ["this repository", "--repo"] : ["you", "--user"];
    tell(
      "installed_twice",
      `it is installed for ${other} as well, so that the hooks run twice: incr uninstall ${agent} ${flag}`,
    );
  }
  return lines;
}

function isOnPath(path: string | undefined): boolean {
  return (path ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, "incr"), constants.X_OK);
      return statSync(join(folder, "incr")).isFile();
    } catch {
      return false;
    }
  });
}
