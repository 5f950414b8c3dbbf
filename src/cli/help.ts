/** The help texts, made from the declarations. Loaded only when help is asked for. */
import type { CommandSpec, Example, FlagSpec } from "./command.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";
import { GROUPS, type Entry, type Registry } from "./registry.ts";
import type { Resolution } from "./resolve.ts";
import { PLAIN, type Style } from "./style.ts";
import { argLabel, commandLine, describeFlag, flagLabel, usageLine, visibleFlags, type Program } from "./usage.ts";
import { padText, textWidth } from "./width.ts";

export interface HelpOptions {
  program: Program;
  /** Columns that a line may take. */
  width: number;
  style: Style;
}

const TAGLINE =
  "Work sessions for people and coding agents: no work is lost, no two workers collide, everything can be resumed.";
const OVERVIEW_EXAMPLES: readonly Example[] = [
  { run: 'incr todo create "Fix the login"', note: "write down what is wanted" },
  { run: "incr session start k3j2", note: "take it, in a workspace of its own" },
  { run: "incr session done", note: "finish, from inside the workspace" },
  { run: "incr session run k3j2 -- npm test", note: "all three around one command" },
  { run: "incr job do-all --parallel 3", note: "agents do todos, three at once" },
  { run: "incr work multi --continue", note: "agents carry out a plan that you approved" },
  { run: "incr status", note: "what is going on in this repository" },
];

/** Help for whatever the words led to. */
export async function helpFor(
  registry: Registry,
  resolution: Resolution,
  host: { program: Program; stdout: { isTTY: boolean; width: number } },
  style = PLAIN,
): Promise<string> {
  const options: HelpOptions = {
    program: host.program,
    width: Math.min(host.stdout.isTTY ? host.stdout.width : 80, 100),
    style,
  };
  if (resolution.kind === "overview") return overviewHelp(registry, options);
  if (resolution.kind === "command") return commandHelp(resolution.command.spec, options);
  return groupHelp(resolution.entry, resolution.path, await resolution.entry.load(), options);
}

/** `incr` alone: every noun under its heading. */
export function overviewHelp(registry: Registry, options: HelpOptions): string {
  const sections = GROUPS.map((group) => {
    const rows = registry
      .filter((entry) => entry.group === group && entry.hidden !== true)
      .map(({ name, summary }): Row => [name, summary]);
    return rows.length === 0 ? "" : section(group, rows, options, 14);
  });
  return joined([
    wrap(TAGLINE, "", options.width),
    `${options.style.bold("Usage:")} incr <command> [flags]`,
    ...sections,
    section("Global flags", flagRows(Object.entries<FlagSpec>(GLOBAL_FLAGS)), options, 14),
    examples(OVERVIEW_EXAMPLES, options),
    "Say `incr help <command>` for more about one of them.",
  ]);
}

/** `incr session`: its verbs. */
export function groupHelp(
  entry: Entry,
  path: readonly string[],
  { commands, help, examples: chosen }: Awaited<ReturnType<Entry["load"]>>,
  options: HelpOptions,
): string {
  const line = commandLine(path, options.program);
  const below = commands
    .map(({ spec }) => spec)
    .filter((spec) => spec.hidden !== true && path.every((word, index) => spec.path[index] === word));
  const rows = below.map((spec): Row => [
    usageLine(spec, options.program)
      .slice(line.length + 1)
      .replace(" [flags]", ""),
    spec.summary,
  ]);
  const firstExamples = below.slice(0, 4).map(({ examples: [example] }) => example);
  const shown = path.length === 1 ? (chosen ?? firstExamples) : firstExamples;
  return joined([
    wrap(entry.summary, "", options.width),
    help === undefined ? "" : paragraphs(help, options.width),
    `${options.style.bold("Usage:")} ${line} <command> [flags]`,
    section("Commands", rows, options),
    examples(shown, options),
    `Say \`${line} <command> --help\` for the flags of one of them.`,
  ]);
}

/** One command: what it does, what it takes, how it is typed. */
export function commandHelp(spec: CommandSpec, options: HelpOptions): string {
  const { own, global } = visibleFlags(spec);
  const args = Object.entries(spec.args ?? {}).map(([name, arg]): Row => [
    argLabel(name, arg),
    arg.choices === undefined ? arg.description : `${arg.description} (${arg.choices.join(", ")})`,
  ]);
  if (spec.passthrough !== undefined) args.push([`<${spec.passthrough.name}>…`, spec.passthrough.description]);
  return joined([
    wrap(spec.summary, "", options.width),
    spec.help === undefined ? "" : paragraphs(spec.help, options.width),
    `${options.style.bold("Usage:")} ${usageLine(spec, options.program)}`,
    section("Arguments", args, options),
    section("Flags", flagRows(own), options),
    section("Global flags", flagRows(global), options),
    examples(spec.examples, options),
  ]);
}

type Row = readonly [label: string, description: string];

function flagRows(flags: readonly (readonly [string, FlagSpec])[]): Row[] {
  return flags.map(([name, flag]) => [
    `${flag.short !== undefined && flag.short !== name ? `-${flag.short}, ` : name.length === 1 ? "" : "    "}${flagLabel(name, flag)}`,
    describeFlag(flag),
  ]);
}

function section(title: string, rows: readonly Row[], { width, style }: HelpOptions, minLabel = 0): string {
  if (rows.length === 0) return "";
  const label = Math.max(minLabel, Math.min(34, Math.max(...rows.map(([text]) => textWidth(text)))));
  const lines = rows.map(([text, description]) => {
    const indent = " ".repeat(label + 4);
    const body = wrap(description, indent, width).slice(indent.length);
    return textWidth(text) > label ? `  ${text}\n${indent}${body}` : `  ${padText(text, label)}  ${body}`;
  });
  return [style.bold(`${title}:`), ...lines].join("\n");
}

/** Notes stand behind their lines, in one column, and above those that leave no room for them. */
function examples(list: readonly Example[], { style, width }: HelpOptions): string {
  if (list.length === 0) return "";
  const room = (note: string) => width - textWidth(`    # ${note}`);
  const beside = list.flatMap(({ run, note = "" }) =>
    note !== "" && textWidth(run) <= room(note) ? [{ run, note }] : [],
  );
  const column = Math.min(
    ...beside.map(({ note }) => room(note)),
    Math.max(0, ...beside.map(({ run }) => textWidth(run))),
  );
  const lines = list.flatMap(({ run, note }) => {
    if (note === undefined) return [`  ${run}`];
    const shown = style.dim(`# ${note}`);
    return textWidth(run) <= room(note) ? [`  ${padText(run, column)}  ${shown}`] : [`  ${shown}`, `  ${run}`];
  });
  return [style.bold("Examples:"), ...lines].join("\n");
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Paragraphs are separated by empty lines; indented lines are kept as they are. */
function paragraphs(text: string, width: number): string {
  return text
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => (/^\s/.test(paragraph) ? paragraph : wrap(paragraph.replaceAll(/\s*\n\s*/g, " "), "", width)))
    .join("\n\n");
}

function wrap(text: string, indent: string, width: number): string {
  const limit = Math.max(20, width - indent.length);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && textWidth(line) + 1 + textWidth(word) > limit) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((each) => indent + each).join("\n");
}
