import { relative } from "node:path";
import type { AddedPart } from "../../../usecases/stream/edit.ts";
import type { Context } from "../../context.ts";

/** The id of what was added, and where it stands. */
export function renderAdded({ id, plan, line }: AddedPart, ctx: Context): string {
  return addedLine({ id, file: plan, line }, ctx);
}

/** `01.02  work/001-login/PLAN.md:12`. @param file absolute */
export function addedLine(
  { id, file, line }: { id: string; file: string; line: number },
  { cwd, style }: Pick<Context, "cwd" | "style">,
): string {
  const path = relative(cwd, file);
  return `${style.cyan(id)}  ${path.startsWith("..") ? file : path}:${line}`;
}
