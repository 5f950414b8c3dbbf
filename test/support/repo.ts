/** A real git repository in a temporary folder, with a home, a state folder and a data folder of its own. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "./process.ts";
import { makeTempDir } from "./temp.ts";

const execFileAsync = promisify(execFile);

export interface TestRepo {
  /** The temporary folder that holds all of it. */
  dir: string;
  /** The main checkout. */
  root: string;
  stateDir: string;
  dataDir: string;
  /** For `runIncr` and other processes: `INCR_STATE_DIR` and `INCR_DATA_DIR` of this repository. */
  env: Environment;
  /** Runs git in the checkout (or in `cwd`) and returns its stdout without the last newline; throws with git's words when it fails. */
  git(args: readonly string[], options?: { cwd?: string; input?: string }): Promise<string>;
  /** Writes a file of the checkout, with its folders. */
  write(file: string, content: string | Buffer): Promise<void>;
  read(file: string): Promise<string>;
  /** Writes `files`, commits everything that is not ignored and returns the commit id. */
  commit(message: string, files?: Record<string, string>): Promise<string>;
}

export interface RepoOptions {
  /** Name of the checkout's folder; may hold any characters that a file name may. */
  name?: string;
  /** Files of the first commit; null: no commit at all (an unborn HEAD). */
  files?: Record<string, string> | null;
}

/** Makes a repository on branch `main` with one commit. */
export async function makeRepo({
  name = "app",
  files = { "README.md": "# app\n" },
}: RepoOptions = {}): Promise<TestRepo> {
  const dir = makeTempDir("incr-repo-");
  const root = join(dir, name);
  const stateDir = join(dir, "state");
  const dataDir = join(dir, "data");
  const env = { INCR_STATE_DIR: stateDir, INCR_DATA_DIR: dataDir };

  const git: TestRepo["git"] = async (args, { cwd = root, input } = {}) => {
    const running = execFileAsync("git", args as string[], { cwd, maxBuffer: 64 * 1024 * 1024, encoding: "utf8" });
    running.child.stdin?.on("error", () => undefined); // git need not read its input
    running.child.stdin?.end(input ?? "");
    return (await running).stdout.replace(/\n$/, "");
  };
  const write: TestRepo["write"] = async (file, content) => {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), content);
  };
  const commit: TestRepo["commit"] = async (message, added = {}) => {
    for (const [file, content] of Object.entries(added)) await write(file, content);
    await git(["add", "--all"]);
    await git(["commit", "--quiet", "--allow-empty", "--message", message]);
    return git(["rev-parse", "HEAD"]);
  };

  await mkdir(root, { recursive: true });
  await git(["init", "--quiet", "--initial-branch=main"]);
  if (files !== null) await commit("first", files);
  return { dir, root, stateDir, dataDir, env, git, write, commit, read: (file) => readFile(join(root, file), "utf8") };
}
