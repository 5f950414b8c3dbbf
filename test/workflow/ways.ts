/** The three ways to the same workflows: the command, and the installed scripts with bun and with Node. All are real processes. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { testTool } from "../../scripts/test-tools.mjs";
import { BUILD_DIR, INCR } from "../support/incr.ts";
import { runProcess, spawnProcess, type Finished, type ProcessOptions, type Running } from "../support/process.ts";

export type Verb = "get" | "set" | "reset" | "save";

/** One way, in a folder that has the scripts. */
export interface Way {
  name: string;
  /** Program and first arguments of a verb. */
  call(verb: Verb): [string, ...string[]];
  run(folder: string, verb: Verb, args: readonly string[], options?: ProcessOptions): Promise<Finished>;
  start(folder: string, verb: Verb, args: readonly string[], options?: ProcessOptions): Running;
}

/** Where the scripts are, in a repository that has them. */
export const SCRIPTS = ".claude/skills/session/scripts";

export const WAY_NAMES = ["incr workflow", "bun", "node 22"] as const;
export type WayName = (typeof WAY_NAMES)[number];

/** The ways by name; installs bun and Node 22 for the tests if they are not there. */
export async function openWays(): Promise<Record<WayName, Way>> {
  const [bun, node22] = await Promise.all([testTool("bun"), testTool("node22")]);
  return {
    "incr workflow": way("incr workflow", (verb) => [process.execPath, INCR, "workflow", verb]),
    bun: way("bun", (verb) => [bun, "run", `${SCRIPTS}/${verb}.ts`]),
    "node 22": way("node 22", (verb) => [node22, `${SCRIPTS}/${verb}.ts`]),
  };
}

/** Puts the scripts of the test build (with fault points) where `incr install skill` puts them. */
export function copyScripts(folder: string): void {
  cpSync(join(BUILD_DIR, "skills", "session"), join(folder, ".claude", "skills", "session"), { recursive: true });
}

function way(name: string, call: Way["call"]): Way {
  return {
    name,
    call,
    run(folder, verb, args, options) {
      const [file, ...first] = call(verb);
      return runProcess(file, [...first, ...args], { cwd: folder, ...options });
    },
    start(folder, verb, args, options) {
      const [file, ...first] = call(verb);
      return spawnProcess(file, [...first, ...args], { cwd: folder, ...options });
    },
  };
}
