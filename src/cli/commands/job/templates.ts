import * as v from "valibot";
import { IncrError } from "../../../domain/error.ts";
import { TEMPLATE_NAMES } from "../../../domain/job/templates.ts";
import { showTemplates, type ShownTemplate } from "../../../usecases/job/templates.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { raw, type RawText } from "../../output.ts";
import { plainLine, plainText } from "../../plain.ts";
import { renderTable } from "../../table.ts";
import type { templates } from "../job.ts";

const template: v.GenericSchema<ShownTemplate> = v.object({
  name: v.picklist(TEMPLATE_NAMES),
  /** When it is used. */
  about: v.string(),
  /** Where its words come from; null: from incr. */
  file: v.nullable(v.string()),
  text: v.string(),
  /** What can stand in it as `{{name}}`, and what it stands for. */
  variables: v.record(v.string(), v.string()),
});

export const answer = v.object({
  templates: v.array(template),
  /** Whether only the text was asked for. */
  text_only: v.boolean(),
  /** Whether one was asked for. */
  one: v.boolean(),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args, flags }: Input<typeof templates>): Promise<Answer> {
  if (flags.text && args.name === undefined) {
    throw new IncrError("usage", "--text needs the name of a template", { hint: "incr job templates review --text" });
  }
  const found = await showTemplates(await ctx.app(), { name: args.name, own: flags.default });
  return { templates: found, text_only: flags.text, one: args.name !== undefined };
}

export function render({ templates: found, text_only, one }: Answer, ctx: Context): string | RawText {
  const [first] = found;
  if (text_only && first !== undefined) return raw(first.text);
  if (one && first !== undefined) return renderOne(first, ctx);
  return renderTable(
    found,
    [
      { header: "TEMPLATE", value: ({ name }) => name, paint: (text, _one, style) => style.cyan(text) },
      { header: "FROM", value: ({ file }) => file ?? "incr" },
      { header: "SAID", value: ({ about }) => about, flexible: true },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
}

function renderOne({ name, about, file, text, variables }: ShownTemplate, { style, stdout }: Context): string {
  const rows = Object.entries(variables).map(([variable, meaning]) => ({ variable: `{{${variable}}}`, meaning }));
  const table = renderTable(
    rows,
    [
      { header: "VARIABLE", value: ({ variable }) => variable, paint: (shown) => style.cyan(shown) },
      { header: "STANDS FOR", value: ({ meaning }) => meaning, flexible: true },
    ],
    { width: stdout.width, style },
  );
  return [
    `${style.bold(name)}: ${about}`,
    `from ${file === null ? "incr" : plainLine(file)}`,
    "",
    plainText(text).trimEnd(),
    "",
    table,
  ].join("\n");
}
