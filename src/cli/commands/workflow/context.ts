import type { Context } from "../../context.ts";

/** What these commands need of their surroundings: the scripts of the skill have no more. */
export type WorkflowContext = Pick<Context, "cwd" | "now" | "notify" | "warn">;
