/** The reference page of the commands. */
import type { Command, CommandSpec, FlagSpec } from "../../src/cli/command.ts";
import { GLOBAL_FLAGS } from "../../src/cli/global-flags.ts";
import { GROUPS, type Registry } from "../../src/cli/registry.ts";
import { argLabel, commandLine, describeFlag, flagLabel, usageLine, type Program } from "../../src/cli/usage.ts";
import { exitCodeTable } from "./errors.ts";
import { table } from "./markdown.ts";

/** docs/reference/commands.md. */
export async function commandsPage(registry: Registry): Promise<string> {
  const parts = [
    "# Commands",
    "Made from the declarations of the commands by `npm run docs`. `incr help <command>` says the same in the terminal.",
    "## Flags of every command",
    flagTable(Object.entries(GLOBAL_FLAGS)),
    "`--json` is taken by the commands that name a schema below: stdout is then one document of that schema, and stderr one JSON object a line, the error last. " +
      "Ids are accepted by any unambiguous prefix, whatever their case.",
  ];
  for (const group of GROUPS) {
    const entries = registry.filter((entry) => entry.group === group && entry.hidden !== true);
    if (entries.length > 0) parts.push(`## ${group}`);
    for (const entry of entries) {
      const { commands, help } = await entry.load();
      const shown = commands.filter(({ spec }) => spec.hidden !== true);
      const alone = shown.length === 1 && shown[0]?.spec.path.length === 1;
      if (!alone)
        parts.push(`### incr ${entry.name}`, `${entry.summary}.`, ...(help === undefined ? [] : [paragraphs(help)]));
      for (const command of shown)
        parts.push(...section(command, alone ? "###" : "####", { program: "incr", answerOf: jsonLine }));
    }
  }
  return `${parts.join("\n\n")}\n`;
}

/** The commands of `work`, as a skill brings them along: it must stand by itself, wherever it is installed. */
export async function workstreamCommandsPage(registry: Registry): Promise<string> {
  const { commands = [], help = "" } = (await registry.find(({ name }) => name === "work")?.load()) ?? {};
  const parts = [
    "# Commands of `work`",
    "Made from the declarations of the commands. `work help <command>` says the same in the terminal; `work <command>` and `incr work <command>` are the same.",
    paragraphs(help),
    "With `--json`, stdout is one JSON document and stderr one JSON object a line, the error last. An error is one line, `error: …`; the line `hint: …` after it is the next thing to type.",
    "## Exit codes",
    exitCodeTable(),
    "## Flags of every command",
    flagTable(Object.entries(GLOBAL_FLAGS)),
  ];
  const answerOf = ({ json }: CommandSpec) => (typeof json === "string" ? ["Takes `--json`."] : []);
  for (const command of commands.filter(({ spec }) => spec.hidden !== true))
    parts.push(...section(command, "##", { program: "work", answerOf }));
  return `${parts.join("\n\n")}\n`;
}

interface SectionOptions {
  program: Program;
  /** What is said of the answer under `--json`. */
  answerOf(spec: CommandSpec): string[];
}

function section({ spec }: Command, heading: string, { program, answerOf }: SectionOptions): string[] {
  const args = Object.entries(spec.args ?? {}).map(([name, arg]) => [
    code(argLabel(name, arg)),
    withChoices(arg.description, arg.choices),
  ]);
  if (spec.passthrough !== undefined) args.push([code(`-- <${spec.passthrough.name}>…`), spec.passthrough.description]);
  const flags = Object.entries<FlagSpec>(spec.flags ?? {}).filter(([, flag]) => flag.hidden !== true);
  return [
    `${heading} ${commandLine(spec.path, program)}`,
    `${spec.summary}.`,
    fence(usageLine(spec, program)),
    ...(spec.help === undefined ? [] : [paragraphs(spec.help)]),
    ...(args.length === 0 ? [] : [table(["Argument", ""], args)]),
    ...(flags.length === 0 ? [] : [flagTable(flags)]),
    ...answerOf(spec),
    fence(spec.examples.map(({ run, note }) => (note === undefined ? run : `${run}  # ${note}`)).join("\n")),
  ];
}

function flagTable(flags: readonly (readonly [string, FlagSpec])[]): string {
  const rows = flags.map(([name, flag]) => [
    [
      ...(flag.short !== undefined && flag.short !== name ? [code(`-${flag.short}`)] : []),
      code(flagLabel(name, flag)),
    ].join(", "),
    describeFlag(flag),
  ]);
  return table(["Flag", ""], rows);
}

function jsonLine({ json }: CommandSpec): string[] {
  if (json === undefined) return [];
  if (json === null) return ["With `--json`, notices and errors are JSON lines; stdout is the child's."];
  return [`With \`--json\`: [${json}](../../schemas/answers/${json}.json).`];
}

function withChoices(description: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? description : `${description} (${choices.join(", ")})`;
}

function paragraphs(text: string): string {
  return text
    .trim()
    .split(/\n{2,}/)
    .map((part) => (/^\s/.test(part) ? fence(part) : part.replaceAll(/\s*\n\s*/g, " ")))
    .join("\n\n");
}

function fence(text: string): string {
  return `\`\`\`sh\n${text}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text}\``;
}
