import { relative } from "node:path";
import type { AddedPart } from "../../../usecases/stream/edit.ts";
import type { Context } from "../../context.ts";

/** The id of what was added, and where it stands. */
export function renderAdded({ id, plan, line }: AddedPart, { cwd, style }: Context): string {
  const path = relative(cwd, plan);
  return `${style.cyan(id)}  ${path.startsWith("..") ? plan : path}:${line}`;
}
