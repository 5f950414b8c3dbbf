import * as v from "valibot";
import { diagnose, OUTSIDE } from "../../../usecases/doctor/doctor.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { plainLine } from "../../plain.ts";
import { withProgress } from "../../progress.ts";
import { wholeApp } from "../../whole-app.ts";
import { streamApp } from "../work/world.ts";
import type { doctor } from "../doctor.ts";

const finding = {
  /** Stable, snake_case. */
  code: v.string(),
  /** `error`: something does not work, or work is in danger. `warning`: somebody should act. `note`: good to know. */
  severity: v.picklist(["error", "warning", "note"]),
  /** A path, a name or an id. */
  about: v.string(),
  message: v.string(),
  meaning: v.string(),
  /** What `--fix` does about it; null: it leaves that to a person. */
  repair: v.nullable(v.string()),
  hint: v.nullable(v.string()),
  data: v.record(v.string(), v.unknown()),
};

export const answer = v.object({
  /** No error and no warning is left. */
  healthy: v.boolean(),
  /** Root of the repository that was looked at; null outside of one. */
  repository: v.nullable(v.string()),
  checked: v.array(v.string()),
  /** Areas that could not be looked at. */
  skipped: v.array(v.object({ area: v.string(), why: v.string() })),
  /** What is left, the worst first; `failed` says why a repair did not end it. */
  findings: v.array(v.object({ ...finding, failed: v.nullable(v.string()) })),
  repaired: v.array(v.object({ ...finding, done: v.string() })),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { flags }: Input<typeof doctor>): Promise<Answer> {
  // Not settled: without --fix nothing is changed, and with it settling is one of the repairs.
  const app = { ...wholeApp(ctx, await ctx.app()), streams: streamApp(ctx).streams };
  const label = flags.fix ? "looking and repairing" : "looking";
  const diagnosis = await withProgress(ctx, label, async () => await diagnose(app, flags));
  if (!diagnosis.healthy) ctx.exit(1);
  return diagnosis;
}

export function render({ healthy, repository, checked, skipped, findings, repaired }: Answer, ctx: Context): string {
  const { style } = ctx;
  const fixable = findings.filter(({ repair, failed }) => repair !== null && failed === null).length;
  // Outside of a repository nobody expects its part.
  const notSeen = skipped.filter(({ why }) => why !== OUTSIDE);
  return [
    ...repaired.map(({ message, done }) => [
      `${style.green("repaired")} ${plainLine(message)}`,
      `         ${plainLine(done)}`,
    ]),
    ...findings.map((one) => renderFinding(one, ctx)),
    [...new Set(notSeen.map(({ why }) => why))].map((why) => {
      const areas = notSeen.filter((one) => one.why === why).map(({ area }) => area);
      return style.dim(`not looked at, since ${why}: ${areas.join(", ")}`);
    }),
    [
      healthy
        ? `${style.green("healthy")}: ${checked.length} areas were looked at${repository === null ? ", none of a repository" : ""}`
        : count(findings),
      ...(fixable > 0 && repaired.length === 0
        ? [`${style.cyan("incr doctor --fix")} repairs ${fixable} of ${findings.length}`]
        : []),
    ],
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function renderFinding(
  { severity, message, meaning, repair, hint, failed }: Answer["findings"][number],
  { style }: Context,
): string[] {
  const paint = { error: style.red, warning: style.yellow, note: style.dim }[severity];
  const row = (name: string, text: string) => `         ${style.dim(name)} ${plainLine(text)}`;
  return [
    `${paint(severity.padEnd(8))} ${plainLine(message)}`,
    `         ${plainLine(meaning)}`,
    ...(failed !== null ? [row("not repaired:", failed)] : repair === null ? [] : [row("--fix:", repair)]),
    ...(hint === null ? [] : [row("you can:", hint)]),
  ];
}

function count(findings: Answer["findings"]): string {
  return (["error", "warning", "note"] as const)
    .map((severity) => [severity, findings.filter((one) => one.severity === severity).length] as const)
    .filter(([, number]) => number > 0)
    .map(([severity, number]) => `${number} ${severity}${number === 1 ? "" : "s"}`)
    .join(", ");
}
