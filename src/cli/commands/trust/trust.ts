import * as v from "valibot";
import { IncrError } from "../../../domain/error.ts";
import { approvalSchema } from "../../../domain/trust.ts";
import { approveCommands, listTrust, revokeTrust, showTrust } from "../../../usecases/trust.ts";
import type { App } from "../../../usecases/app.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { plainLine } from "../../plain.ts";
import { confirm } from "../../prompt.ts";
import type { Style } from "../../style.ts";
import type { trust } from "../trust.ts";

const file = v.object({
  /** `none`: no file, or one without commands; `new` and `changed` are not approved. */
  state: v.picklist(["none", "approved", "changed", "new"]),
  path: v.nullable(v.string()),
  name: v.nullable(v.string()),
  sha256: v.nullable(v.string()),
  /** By key, such as `job.test-commands`. */
  commands: v.record(v.string(), v.array(v.string())),
  approved_at: v.nullable(v.string()),
});
export const answer = v.variant("action", [
  v.object({ action: v.picklist(["show", "approve"]), file }),
  v.object({
    action: v.literal("list"),
    files: v.array(v.object({ path: v.string(), approvals: v.array(approvalSchema) })),
  }),
  v.object({ action: v.literal("revoke"), paths: v.array(v.string()) }),
]);
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { flags }: Input<typeof trust>): Promise<Answer> {
  const chosen = (["yes", "show", "list", "revoke"] as const).filter((name) => flags[name]);
  if (chosen.length > 1) {
    throw new IncrError("usage", `--${chosen[0]} and --${chosen[1]} exclude each other`, { hint: "incr trust --help" });
  }
  const app = await ctx.app();
  if (flags.list) return { action: "list", files: listTrust(app) };
  if (flags.revoke) return { action: "revoke", paths: await revokeTrust(app) };
  if (flags.show) return { action: "show", file: await showTrust(app) };
  return { action: "approve", file: await approve(ctx, app, flags.yes) };
}

async function approve(ctx: Context, app: App, yes: boolean): ReturnType<typeof approveCommands> {
  const seen = await showTrust(app);
  if (seen.state === "none" || seen.state === "approved") return seen;
  if (!yes) {
    for (const line of commandLines(seen.commands)) ctx.notify({ code: "command", message: line });
    const message = `Run these commands of ${seen.path} from now on?`;
    if (!(await confirm(ctx, { message, flag: "--yes" })))
      throw new IncrError("cancelled", "not approved, nothing was changed");
  }
  return await approveCommands(app, seen, yes ? "flag" : "person");
}

export function render(answer: Answer, { style }: Context): string {
  switch (answer.action) {
    case "list":
      if (answer.files.length === 0) return "nothing was approved yet";
      return answer.files
        .map(({ path, approvals }) => [plainLine(path), ...approvals.map(describeApproval)].join("\n"))
        .join("\n");
    case "revoke":
      if (answer.paths.length === 0) return "nothing of this repository was approved";
      return answer.paths.map((path) => `${plainLine(path)} is not approved any more`).join("\n");
    case "show":
    case "approve":
      return describeFile(answer.file, style);
  }
}

function describeFile({ state, name, path, commands, approved_at }: v.InferOutput<typeof file>, style: Style): string {
  if (name === null) return "this repository has no configuration file, so there is nothing to approve";
  if (state === "none") return `${name} runs no commands, so there is nothing to approve`;
  const verdict = {
    approved: style.green(`approved ${approved_at}`),
    changed: style.yellow("changed since it was approved; `incr trust` approves it as it is"),
    new: style.yellow("not approved; `incr trust` approves it"),
  }[state];
  return [`${plainLine(path ?? name)} runs`, ...commandLines(commands), verdict].join("\n");
}

/** Every command on one line, with the line breaks in it to be seen: what hides behind one must not go unnoticed. */
function commandLines(commands: Readonly<Record<string, string[]>>): string[] {
  return Object.entries(commands).flatMap(([key, lines]) =>
    lines.map((line) => `  ${key}: ${plainLine(line.trim().replaceAll(/\r?\n/g, " ⏎ "))}`),
  );
}

function describeApproval({ sha256, approved_at, commands }: v.InferOutput<typeof approvalSchema>): string {
  return [
    `  approved ${approved_at}, sha256 ${sha256.slice(0, 12)}`,
    ...commandLines(commands).map((line) => `  ${line}`),
  ].join("\n");
}
