import { IncrError } from "../../../domain/error.ts";
import { openAgentInterface, type InterfaceRequest } from "../../../usecases/agent/interface.ts";
import type { App } from "../../../usecases/app.ts";
import type { Context } from "../../context.ts";
import { tellEnd, tellStart } from "./answers.ts";

/** The agent's own interface on this terminal. @throws IncrError `needs_answer` without one */
export async function openInterface(ctx: Context, app: App, request: InterfaceRequest): Promise<void> {
  requireTerminal(ctx);
  const result = await openAgentInterface(app, { ...request, onStart: (session) => tellStart(ctx, session) });
  tellEnd(ctx, result);
}

/** @throws IncrError `needs_answer` */
export function requireTerminal(ctx: Context): void {
  if (ctx.stdin.isTTY && ctx.stdout.isTTY && !ctx.json) return;
  throw new IncrError("needs_answer", "the agent's own interface needs a terminal", {
    hint: "give it a prompt instead",
  });
}
