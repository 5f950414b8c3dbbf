/**
 * What is to be typed next is told without `--stream`, wherever it is told. To those who have named another workstream than the current one that would be about
 * the wrong one: it gets the name here, where all of it passes.
 */
import { IncrError } from "../../../domain/error.ts";
import type { Notify } from "../../../domain/notice.ts";
import type { Command, CommandBody, CommandSpec, Input } from "../../command.ts";
import type { Context } from "../../context.ts";

/** The commands; errors and notices of those that take `--stream`, and what approving answers people, name the stream that was named so, unless it would be meant anyway. */
export function namingStreams(commands: readonly Command[]): Command[] {
  const paths = commands.map(({ spec }) => spec).filter(takesStream);
  const lines = paths.map(({ path }) => path.join(" "));
  return commands.map((one) =>
    takesStream(one.spec)
      ? { ...one, load: async () => namingStream(await one.load(), lines, one.spec.path.includes("approve")) }
      : one,
  );
}

function takesStream({ flags }: CommandSpec): boolean {
  return flags !== undefined && Object.hasOwn(flags, "stream");
}

/** @param rendered whether the answer is told in words of ours alone: plans and reports, which others show, may speak of commands, too */
function namingStream(body: CommandBody, lines: readonly string[], rendered: boolean): CommandBody {
  let name = (text: string) => text;
  const { render } = body;
  return {
    ...body,
    async run(ctx: Context, input: Input) {
      const other = await findOther(ctx, (input.flags as { stream?: string }).stream);
      if (other === null) return await body.run(ctx, input);
      name = (text) => nameStream(text, other, lines);
      const told =
        (tell: Notify): Notify =>
        (notice) =>
          tell({ ...notice, message: name(notice.message) });
      const named = { notify: { value: told(ctx.notify) }, warn: { value: told(ctx.warn) } };
      try {
        // What the context makes when it is asked for stays so.
        return await body.run(Object.create(ctx, named) as Context, input);
      } catch (error) {
        throw error instanceof IncrError ? renamed(error, name) : error;
      }
    },
    ...(render === undefined || !rendered
      ? {}
      : {
          render(answer, ctx) {
            const text = render(answer, ctx);
            return typeof text === "string" ? name(text) : text;
          },
        }),
  };
}

/** The id of the stream that is named, if it is not the one that is meant without a name. */
async function findOther(ctx: Context, named: string | undefined): Promise<string | null> {
  if (named === undefined) return null;
  const [{ openNamedStream }, { streamApp }] = await Promise.all([
    import("../../../usecases/stream/streams.ts"),
    import("./world.ts"),
  ]);
  const app = streamApp(ctx);
  const find = (name?: string) => {
    try {
      return openNamedStream(app, name).entry.id;
    } catch (error) {
      // What is wrong with the one that is named, the command finds out, too, and says so.
      if (error instanceof IncrError) return null;
      throw error;
    }
  };
  const id = find(named);
  return id === find() ? null : id;
}

function renamed(error: IncrError, name: (text: string) => string): IncrError {
  const { code, message, hint, data, cause } = error;
  return new IncrError(code, name(message), { ...(hint === undefined ? {} : { hint: name(hint) }), data, cause });
}

/** `work fix, or --force` → `work fix --stream 002-x, or --force`. Only where a command is meant for certain. @param lines the commands that take `--stream` */
export function nameStream(text: string, stream: string, lines: readonly string[]): string {
  const commands = lines.toSorted((a, b) => b.length - a.length).join("|");
  const meant = new RegExp(`(?<=^|\`|, |; |: |\\bor |\\bthen )(?:${commands})(?![\\w-]| --stream)`, "gm");
  return text.replaceAll(meant, (line) => `${line} --stream ${stream}`);
}
