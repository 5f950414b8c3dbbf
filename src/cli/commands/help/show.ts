import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { helpFor } from "../../help.ts";
import { resolveCommand } from "../../resolve.ts";
import type { helpCommand } from "../help.ts";

/** The help text of the command that the words lead to. */
export async function run(ctx: Context, { args }: Input<typeof helpCommand>): Promise<string> {
  return helpFor(
    ctx.registry,
    await resolveCommand(ctx.registry, args.command, ctx.program),
    { program: ctx.program, stdout: ctx.stdout },
    ctx.style,
  );
}

export function render(text: string): string {
  return text;
}
