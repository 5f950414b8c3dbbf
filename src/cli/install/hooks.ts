/** The hooks that tell the journal of an agent: lines for a shell that do their work or nothing, and never fail. */
import type { WantedEntry } from "../../domain/install-entries.ts";
import type { WantedFile } from "../../domain/install.ts";
import { programFile } from "./packaged.ts";

/** Events that Claude Code and codex have in common, what `incr hook` calls them, and seconds after which they give up (codex allows three at the end). */
const EVENTS = [
  ["SessionStart", "session-start", 5],
  ["UserPromptSubmit", "user-prompt", 5],
  ["Stop", "stop", 5],
  ["SessionEnd", "session-end", 3],
] as const;

/**
 * Entries for the `hooks` of a settings file.
 * @param agent the name that the journal knows it by
 * @param launcher folder of the launcher, as the shell is to work it out
 */
export function hookEntries(agent: string, launcher: string): WantedEntry[] {
  return EVENTS.map(([event, name, timeout]) => ({
    list: ["hooks", event],
    value: { hooks: [{ type: "command", command: hookLine(agent, name, launcher), timeout }] },
    mark: `incr hook ${name}`,
  }));
}

/** For `sh`, whatever shell the agent uses for its hooks. An agent that was not started from a terminal may have a PATH without incr. */
function hookLine(agent: string, name: string, launcher: string): string {
  const find = `command -v incr >/dev/null 2>&1 || PATH="$PATH:${launcher}"`;
  return `sh -c '${find}; incr hook ${name} --agent ${agent} 2>/dev/null; exit 0'`;
}

/** A program named incr that starts this one, for where the PATH has none. Of this machine alone: it is never committed. */
export function launcherFile(path: string, node: string): WantedFile {
  const text = [
    "#!/bin/sh",
    "# Starts incr where it is not on the PATH; from `incr install`",
    `exec ${quoted(node)} ${quoted(programFile())} "$@"`,
    "",
  ].join("\n");
  return { path, text, executable: true };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
