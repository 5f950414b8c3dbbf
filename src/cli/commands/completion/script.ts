import type { Input } from "../../command.ts";
import { completionScript } from "../../completion-scripts.ts";
import type { Context } from "../../context.ts";
import { raw, type RawText } from "../../output.ts";
import type { completion } from "../completion.ts";

export function run(_ctx: Context, { args }: Input<typeof completion>): string {
  return completionScript(args.shell);
}

export function render(script: string): RawText {
  return raw(script);
}
