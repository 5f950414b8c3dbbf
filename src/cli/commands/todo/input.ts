/** Values of flags that the todo commands share. */
import { parsePriority } from "../../../domain/todo/input.ts";
import type { Context } from "../../context.ts";

/** The text itself, or what stands on stdin for `-`. */
export async function textOrStdin(ctx: Context, text: string | undefined): Promise<string | undefined> {
  return text === "-" ? await ctx.stdin.read() : text;
}

/** @throws IncrError `invalid_input` */
export function priorityFlag(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parsePriority(text);
}

/** The object without its undefined values: absent means "as it is" to the use-cases. */
export function given<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
