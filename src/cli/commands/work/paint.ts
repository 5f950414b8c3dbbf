import type { Style } from "../../style.ts";

/** The status of a task, thread or run in its colour. */
export function paintStatus(text: string, status: string, style: Style): string {
  if (status === "completed") return style.green(text);
  if (status === "failed" || status === "interrupted" || status === "blocked") return style.red(text);
  return status === "in_progress" || status === "running" ? style.yellow(text) : text;
}
