/**
 * What a command wants changed in the shell that called it: a process cannot change its parent's directory or environment, so the function that
 * `incr shell init` installs names a file in `INCR_SHELL_OUT`, and sources what we have written there.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type ShellName = (typeof SHELLS)[number];

/** Environment by which the shell function reaches us; never handed on to children, which could otherwise write into the caller's shell. */
export const SHELL_OUT = "INCR_SHELL_OUT";
export const SHELL_NAME = "INCR_SHELL";

export interface ShellChanges {
  /** Whether the function is there to carry changes out; without it the methods do nothing. */
  active: boolean;
  cd(absolutePath: string): void;
  setEnv(variables: Readonly<Record<string, string>>): void;
  unsetEnv(names: readonly string[]): void;
  /** Leaves the script for the function; nothing wanted, nothing written. */
  write(): void;
}

/** An abandoned file of a shell that died; long after any command that it belonged to. */
const STALE_MS = 24 * 3_600_000;

/** Collects changes and writes them as a script for the shell that `env` names. */
export function createShellChanges(env: Readonly<Record<string, string | undefined>>): ShellChanges {
  const file = env[SHELL_OUT];
  const shell = SHELLS.find((name) => name === env[SHELL_NAME]);
  let directory: string | undefined;
  const variables = new Map<string, string | undefined>();
  return {
    active: file !== undefined && shell !== undefined,
    cd(path) {
      directory = path;
    },
    setEnv(added) {
      for (const [name, value] of Object.entries(added)) variables.set(name, value);
    },
    unsetEnv(names) {
      for (const name of names) variables.set(name, undefined);
    },
    write() {
      if (file === undefined || shell === undefined || (directory === undefined && variables.size === 0)) return;
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      sweep(dirname(file));
      // `wx`: what stands there already is not ours, and the shell is going to run it.
      writeFileSync(file, shellScript(shell, variables, directory), { mode: 0o600, flag: "wx" });
    },
  };
}

/** The script that sets, unsets and changes directory; a variable whose value is undefined is unset. */
export function shellScript(
  shell: ShellName,
  variables: ReadonlyMap<string, string | undefined>,
  directory: string | undefined,
): string {
  const fish = shell === "fish";
  const lines: string[] = [];
  for (const [name, value] of variables) {
    if (value === undefined) lines.push(fish ? `set -e ${name}` : `unset ${name}`);
    else
      lines.push(
        fish ? `set -gx ${name} ${quoteForShell(shell, value)}` : `export ${name}=${quoteForShell(shell, value)}`,
      );
  }
  if (directory !== undefined)
    lines.push(`${fish ? "cd" : "builtin cd"} ${fish ? "" : "-- "}${quoteForShell(shell, directory)}`);
  return `${lines.join("\n")}\n`;
}

/** One word of that shell that stands for exactly this text. */
export function quoteForShell(shell: ShellName, text: string): string {
  if (shell === "fish") return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    try {
      if (performance.timeOrigin + performance.now() - statSync(file).mtimeMs > STALE_MS) rmSync(file);
    } catch {
      // another shell was faster
    }
  }
}
