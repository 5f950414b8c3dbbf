/** Runs TypeScript of the tests as a process of its own: bundled with the sources it imports, fault points compiled in. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { runProcess, spawnProcess, type Finished, type ProcessOptions, type Running } from "./process.ts";

const FOLDER = fileURLToPath(new URL("../../dist/test/scripts/", import.meta.url));

/** Bundles the script at `url` and gives the path of a file that node can run. */
export async function bundleScript(url: URL): Promise<string> {
  const entry = fileURLToPath(url);
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["fs-native-extensions", "proper-lockfile"],
    define: { __INCR_FAULTS__: "true" },
    logOverride: { "empty-import-meta": "silent" },
  });
  const text = result.outputFiles[0]!.contents;
  const name = `${basename(entry, ".ts")}-${createHash("sha256").update(text).digest("hex").slice(0, 12)}.cjs`;
  const path = join(FOLDER, name);
  if (existsSync(path)) return path;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}

/** Starts a bundled script with one argument, a JSON value, and returns while it runs. */
export function spawnScript(path: string, argument: unknown, options: ProcessOptions = {}): Running {
  return spawnProcess(process.execPath, [path, JSON.stringify(argument)], options);
}

/** Runs a bundled script to its end. */
export function runScript(path: string, argument: unknown, options: ProcessOptions = {}): Promise<Finished> {
  return runProcess(process.execPath, [path, JSON.stringify(argument)], options);
}
