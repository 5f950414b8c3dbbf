/** How a command is written: its usage line, and the left column of its arguments and flags. Used by help and by the reference pages. */
import type { ArgSpec, CommandSpec, FlagSpec } from "./command.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";

export type Program = "incr" | "work";

/** `incr session start`; what is under `work` is typed so by those who use that name. Everything else names workstream commands as `work …`. */
export function commandLine(path: readonly string[], program: Program = "incr"): string {
  return (program === "work" && path[0] === "work" ? path : ["incr", ...path]).join(" ");
}

/** `incr session run <todo> [flags] -- <command>…`. */
export function usageLine(spec: CommandSpec, program: Program = "incr"): string {
  const parts = [commandLine(spec.path, program)];
  for (const [name, arg] of Object.entries(spec.args ?? {})) parts.push(argLabel(name, arg));
  const flags = Object.entries(spec.flags ?? {});
  for (const [name, flag] of flags) if (flag.required === true) parts.push(flagLabel(name, flag));
  if (flags.some(([, flag]) => flag.required !== true && flag.hidden !== true)) parts.push("[flags]");
  if (spec.passthrough !== undefined) {
    const words = `-- <${spec.passthrough.name}>…`;
    parts.push(spec.passthrough.required === true ? words : `[${words}]`);
  }
  return parts.join(" ");
}

/** `<todo>`, `[todo]`, `<file>…`. */
export function argLabel(name: string, { required, variadic }: ArgSpec): string {
  const label = required === true ? `<${name}>` : `[${name}]`;
  return variadic === true ? `${label}…` : label;
}

/** `--rev REV`, `--all`. */
export function flagLabel(name: string, { type, value }: FlagSpec): string {
  const dashed = name.length === 1 ? `-${name}` : `--${name}`;
  if (type === "boolean") return dashed;
  return `${dashed} ${value ?? (name.split("-").at(-1) ?? name).toUpperCase()}`;
}

/** The description with what else the declaration knows: choices, default, repetition. */
export function describeFlag({ description, choices, default: preset, multiple, type }: FlagSpec): string {
  const notes: string[] = [];
  if (choices !== undefined) notes.push(choices.join(", "));
  if (preset !== undefined && type !== "duration") notes.push(`default ${preset}`);
  if (multiple === true) notes.push("may be repeated");
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}

/** Flags that help shows, with the global ones that this command takes after its own. */
export function visibleFlags(spec: CommandSpec): { own: [string, FlagSpec][]; global: [string, FlagSpec][] } {
  const shown = ([, flag]: [string, FlagSpec]) => flag.hidden !== true;
  return {
    own: Object.entries<FlagSpec>(spec.flags ?? {}).filter(shown),
    global: Object.entries<FlagSpec>(GLOBAL_FLAGS).filter(
      ([name]) => name !== "version" && (name !== "json" || spec.json !== undefined),
    ),
  };
}
