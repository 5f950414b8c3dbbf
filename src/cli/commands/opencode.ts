/** `incr opencode …`: `incr agent …` with opencode. */
import type { Command, CommandBody, CommandSpec, Input } from "../command.ts";
import * as agent from "./agent.ts";

const HARNESS = "opencode";

export const help = "`incr agent …` with opencode: its sessions alone are listed and found by their ids.";

export const commands: readonly Command[] = agent.commands.map(({ spec, load }) => ({
  spec: forOpencode(spec),
  load: async () => fixHarness(await load()),
}));

function forOpencode(spec: CommandSpec): CommandSpec {
  const { harness, ...flags } = spec.flags ?? {};
  void harness;
  const retell = (text: string) =>
    text
      .replaceAll("incr agent ", "incr opencode ")
      .replace(" --harness claude", "")
      .replace("-- --max-turns 20", "-- --variant high");
  const [first, ...more] = spec.examples;
  return {
    ...spec,
    path: ["opencode", ...spec.path.slice(1)],
    flags,
    examples: [{ ...first, run: retell(first.run) }, ...more.map((one) => ({ ...one, run: retell(one.run) }))],
  };
}

function fixHarness(body: CommandBody): CommandBody {
  return {
    ...body,
    run: (ctx, input: Input) => body.run(ctx, { ...input, flags: { ...input.flags, harness: HARNESS } }),
  };
}
