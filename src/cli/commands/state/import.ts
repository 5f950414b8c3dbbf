import { resolve } from "node:path";
import * as v from "valibot";
import { importState } from "../../../usecases/state/import.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { renderTable, type Column } from "../../table.ts";
import type { importState as spec } from "../state.ts";

const counts = v.object({
  added: v.number(),
  /** Of those that are added: they are finished, and go to history. */
  finished: v.number(),
  /** Known already, and left as they are. */
  existing: v.number(),
  skipped: v.number(),
});

export const answer = v.object({
  /** Absolute path. */
  file: v.string(),
  /** Nothing was changed. */
  dry_run: v.boolean(),
  repositories: v.array(
    v.object({
      /** The slug in the file, and ours. */
      from: v.string(),
      repo: v.string(),
      source_path: v.string(),
      added: v.boolean(),
    }),
  ),
  counts: v.object({ workspaces: counts, sessions: counts, opencode_sessions: counts, jobs: counts }),
  skipped: v.array(v.object({ collection: v.string(), key: v.string(), why: v.string() })),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args, flags }: Input<typeof spec>): Promise<Answer> {
  const file = resolve(ctx.cwd, args.file);
  const plan = await importState(await ctx.app(), { file, dryRun: flags.dryRun });
  const { repositories, counts, skipped } = plan;
  return { file, dry_run: flags.dryRun, repositories, counts, skipped };
}

export function render({ file, dry_run, repositories, counts, skipped }: Answer, ctx: Context): string {
  const rows = [
    {
      what: "repositories",
      added: repositories.filter(({ added }) => added).length,
      finished: 0,
      existing: repositories.filter(({ added }) => !added).length,
      skipped: 0,
    },
    ...Object.entries(counts).map(([what, each]) => ({ what: NAMES[what] ?? what, ...each })),
  ];
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    { header: "", value: ({ what }) => what },
    { header: dry_run ? "NEW" : "ADDED", value: ({ added }) => String(added), align: "right" },
    { header: "OF THESE FINISHED", value: ({ finished }) => String(finished), align: "right" },
    { header: "KNOWN ALREADY", value: ({ existing }) => String(existing), align: "right" },
    { header: "SKIPPED", value: (row) => String(row.skipped), align: "right" },
  ];
  const renamed = repositories.filter(({ from, repo }) => from !== repo);
  const added = rows.reduce((sum, row) => sum + row.added, 0);
  return [
    renderTable(rows, columns, { width: ctx.stdout.width, style: ctx.style }),
    ...renamed.map(({ from, repo, source_path }) => `${from} is ${repo} here: ${source_path}`),
    ...skipped.map(({ collection, key, why }) => `skipped ${NAMES[collection] ?? collection} ${key}: ${why}`),
    dry_run
      ? `nothing was changed; \`incr state import ${file}\` takes over ${added} records`
      : added === 0
        ? "nothing was new"
        : `took over ${added} records of ${file}`,
  ].join("\n");
}

const NAMES: Readonly<Record<string, string>> = {
  workspaces: "workspaces",
  sessions: "sessions",
  opencode_sessions: "agent sessions",
  jobs: "jobs",
};
