/** What a command may know and touch of the outside. Everything that is slow or rarely needed is made when it is first asked for. */
import type { Notify } from "../domain/notice.ts";
import type { App } from "../usecases/app.ts";
import type { Output } from "./output.ts";
import type { Registry } from "./registry.ts";
import type { ShellChanges } from "./shell-changes.ts";
import type { Style } from "./style.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Context {
  /** How we were called: `work …` is `incr work …`. */
  program: "incr" | "work";
  /** Absolute; after `-C`. */
  cwd: string;
  /** Without what only the shell function needs. */
  env: Environment;
  json: boolean;
  now(): Date;
  /** As of the host. */
  lockTimeoutMs?: number | undefined;
  /** What stdout is; a table is cut to `width` columns (infinite when it is no terminal). */
  stdout: { isTTY: boolean; width: number };
  stderr: { isTTY: boolean; width: number };
  /** `read` gives everything on stdin as text, once. */
  stdin: { isTTY: boolean; read(): Promise<string> };
  /** Whether a question can be asked: a terminal on stdin and stderr, and no `--json`. */
  interactive: boolean;
  /** Styles for stdout: plain when it is no terminal, with NO_COLOR or `--no-color`. */
  style: Style;
  out: Output;
  /** One line of the story on stderr. */
  notify: Notify;
  warn: Notify;
  shell: ShellChanges;
  registry: Registry;
  /** The use-cases' world, composed when it is first asked for. */
  app(): Promise<App>;
  /** The same, as if `-C` had named this directory. @throws IncrError `invalid_input` if there is none */
  within(directory: string): Context;
  /** The exit code of a command that answers and yet has not succeeded (`job do`, `wait`, `session run`). */
  exit(code: number): void;
}
