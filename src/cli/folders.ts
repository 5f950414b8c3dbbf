/** Where incr keeps its files, from the environment (XDG base directories). All absolute. */
import { isAbsolute, join } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { Environment } from "./context.ts";

/** State, history, trust and logs: `$INCR_STATE_DIR`, else `$XDG_STATE_HOME/incr`, else `~/.local/state/incr`. */
export function stateFolder(env: Environment): string {
  return own(env, "INCR_STATE_DIR") ?? join(xdg(env, "XDG_STATE_HOME", ".local/state"), "incr");
}

/** Where the state of the program's older name lies, which `incr state import` reads: `$XDG_STATE_HOME/incrementum`, else `~/.local/state/incrementum`. */
export function olderStateFolder(env: Environment): string {
  return join(xdg(env, "XDG_STATE_HOME", ".local/state"), "incrementum");
}

/** Workspaces: `$INCR_DATA_DIR`, else `$XDG_DATA_HOME/incr`, else `~/.local/share/incr`. */
export function dataFolder(env: Environment): string {
  return own(env, "INCR_DATA_DIR") ?? join(xdg(env, "XDG_DATA_HOME", ".local/share"), "incr");
}

/** The user's own configuration: `$XDG_CONFIG_HOME/incr`, else `~/.config/incr`. */
export function configFolder(env: Environment): string {
  return join(xdg(env, "XDG_CONFIG_HOME", ".config"), "incr");
}

/** What can be made again: `$XDG_CACHE_HOME/incr`, else `~/.cache/incr`; undefined where neither is known. */
export function cacheFolder(env: Environment): string | undefined {
  const { XDG_CACHE_HOME: cache, HOME: home } = env;
  if (cache !== undefined && isAbsolute(cache)) return join(cache, "incr");
  return home !== undefined && isAbsolute(home) ? join(home, ".cache", "incr") : undefined;
}

/** @throws IncrError `invalid_input`: a relative folder would be another one in every directory */
function own(env: Environment, name: string): string | undefined {
  const value = env[name];
  if (value === undefined || value === "") return undefined;
  if (isAbsolute(value)) return value;
  throw new IncrError("invalid_input", `${name} must be an absolute path, not ${value}`, {
    hint: `export ${name}="$PWD/${value}"`,
  });
}

/** The XDG specification: a relative value is to be ignored. */
function xdg(env: Environment, name: string, fallback: string): string {
  const value = env[name];
  if (value !== undefined && isAbsolute(value)) return value;
  return join(env["HOME"] || process.getBuiltinModule("node:os").homedir(), fallback);
}
