import * as v from "valibot";
import { TREE_MARKS } from "../../../domain/todo/graph.ts";
import { showDependencyTree, type DependencyTree } from "../../../usecases/todo/dependencies.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { plainLine } from "../../plain.ts";
import { settledApp } from "../../settled-app.ts";
import type { depTree } from "../todo.ts";
import { otherStatus, paintStatus } from "./answers.ts";

export const answer: v.GenericSchema<DependencyTree> = v.object({
  root: v.string(),
  /** In depth-first order, the root first. */
  nodes: v.array(
    v.object({
      id: v.string(),
      /** 0 for the root. */
      depth: v.number(),
      title: v.nullable(v.string()),
      status: otherStatus,
      /** Why what is under it is not shown: it was shown above, it closes a cycle, or it is missing. */
      mark: v.nullable(v.picklist(TREE_MARKS)),
    }),
  ),
});

type Node = DependencyTree["nodes"][number];

const MARKS = { repeated: "(see above)", cycle: "(waits for itself)", missing: "(missing)" } as const;

export async function run(ctx: Context, { args }: Input<typeof depTree>): Promise<DependencyTree> {
  return await showDependencyTree(await settledApp(ctx), args.id);
}

export function render({ nodes }: DependencyTree, { style }: Context): string {
  // From the end: whether a line has a later sister decides how the lines between them are drawn.
  const open: boolean[] = [];
  const lines: string[] = [];
  for (const node of nodes.toReversed()) {
    const last = open[node.depth] !== true;
    open.length = node.depth;
    const bars = Array.from({ length: Math.max(0, node.depth - 1) }, (_, depth) =>
      open[depth + 1] === true ? "│  " : "   ",
    );
    const branch = node.depth === 0 ? "" : `${bars.join("")}${last ? "└─ " : "├─ "}`;
    lines.push(`${style.dim(branch)}${describe(node, style)}`);
    open[node.depth] = true;
  }
  return lines.toReversed().join("\n");
}

function describe({ id, title, status, mark }: Node, style: Context["style"]): string {
  const words = [style.cyan(id)];
  if (status !== null) words.push(paintStatus(status, status, style));
  if (title !== null) words.push(plainLine(title));
  if (mark !== null) words.push(mark === "repeated" ? style.dim(MARKS[mark]) : style.red(MARKS[mark]));
  return words.join("  ");
}
