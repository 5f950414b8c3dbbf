/** Our one way of starting git: hooks off, no leaked GIT_DIR, stable output, an identity in every case. */
import { IncrError } from "../domain/error.ts";
import { ChildStartError, runChild, startChild, type ChildResult } from "../process/child.ts";
import type { ChildProcess } from "node:child_process";

/** What `git rev-parse --local-env-vars` lists (git 2.39): set inside hooks, they would point our calls at another repository or index. */
const LOCAL_ENVIRONMENT = [
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_CONFIG",
  "GIT_CONFIG_PARAMETERS",
  "GIT_CONFIG_COUNT",
  "GIT_OBJECT_DIRECTORY",
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_GRAFT_FILE",
  "GIT_INDEX_FILE",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_REPLACE_REF_BASE",
  "GIT_PREFIX",
  "GIT_SHALLOW_FILE",
  "GIT_COMMON_DIR",
  "GIT_INTERNAL_SUPER_PREFIX",
];

const CONFIGURATION = [
  // No hook of the user's runs for our own bookkeeping: it could fail, be slow, or abort a ref update.
  "core.hooksPath=/dev/null",
  // A pooled worktree must not start a file system watcher that outlives it.
  "core.fsmonitor=false",
  // Many sessions end at once, and a slow disk takes its time: git's own patience with locks on refs is a second at most.
  "core.packedRefsTimeout=20000",
  "core.filesRefLockTimeout=20000",
  "gc.auto=0",
  "maintenance.auto=false",
  "advice.detachedHead=false",
].flatMap((setting) => ["-c", setting]);

const FALLBACK_IDENTITY = {
  GIT_AUTHOR_NAME: "incr",
  GIT_AUTHOR_EMAIL: "incr@localhost",
  GIT_COMMITTER_NAME: "incr",
  GIT_COMMITTER_EMAIL: "incr@localhost",
};

export interface GitOptions {
  /** Folder to run in; default: the one of this `Git`. */
  cwd?: string;
  input?: string | Uint8Array;
  /** Added to the environment. */
  env?: NodeJS.ProcessEnv;
  /** Exit codes that are answers, not errors; default only 0. */
  okCodes?: readonly number[];
}

export interface GitOutput {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/** git, bound to a folder and an environment. */
export interface Git {
  readonly cwd: string;
  /** Runs git to its end. @throws IncrError `git` (an exit code that is not in `okCodes`) */
  run(args: readonly string[], options?: GitOptions): Promise<GitOutput>;
  /** `run`, and its stdout as text without the final newline. */
  text(args: readonly string[], options?: GitOptions): Promise<string>;
  /** `run` for commands that make a commit: with the fallback identity if the user has none. */
  commit(args: readonly string[], options?: GitOptions): Promise<string>;
  /** Starts git with piped streams, for `cat-file --batch` and the like; the caller reads, writes and waits. */
  start(args: readonly string[], options?: Pick<GitOptions, "cwd" | "env">): Promise<ChildProcess>;
  /** The same git in another folder. */
  in(cwd: string): Git;
}

/** The environment without what git sets inside hooks. Also right for the children that we run in workspaces. */
export function withoutGitLocals(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const clean = { ...env };
  for (const name of LOCAL_ENVIRONMENT) delete clean[name];
  for (const name of Object.keys(clean)) if (/^GIT_CONFIG_(KEY|VALUE)_\d+$/.test(name)) delete clean[name];
  return clean;
}

/** @param env the caller's environment; the user's identity and configuration in it stay in force */
export function createGit(cwd: string, env: NodeJS.ProcessEnv): Git {
  const clean: NodeJS.ProcessEnv = {
    ...withoutGitLocals(env),
    // Our reads must not refresh an index that the user is working with.
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
  };
  return bind(cwd, clean);
}

function bind(cwd: string, env: NodeJS.ProcessEnv): Git {
  async function run(args: readonly string[], options: GitOptions = {}): Promise<GitOutput> {
    const where = options.cwd ?? cwd;
    const once = async (): Promise<ChildResult> => {
      try {
        return await runChild("git", [...CONFIGURATION, ...args], {
          cwd: where,
          env: options.env ? { ...env, ...options.env } : env,
          ...(options.input === undefined ? {} : { input: options.input }),
        });
      } catch (error) {
        throw startFailure(error, where);
      }
    };
    let result = await once();
    for (let again = 0; again < MOST_REPEATS && isStoppedAlone(args, result); again += 1) result = await once();
    if (result.code === null || !(options.okCodes ?? [0]).includes(result.code)) throw gitFailure(args, result, where);
    return { code: result.code, stdout: result.stdout, stderr: result.stderr };
  }
  async function text(args: readonly string[], options?: GitOptions): Promise<string> {
    return (await run(args, options)).stdout.toString("utf8").replace(/\n$/, "");
  }
  async function commit(args: readonly string[], options: GitOptions = {}): Promise<string> {
    try {
      return await text(args, options);
    } catch (error) {
      const identity = await run(["var", "GIT_COMMITTER_IDENT"], { ...options, input: "", okCodes: [0, 1, 128] });
      if (identity.code === 0) throw error;
      return await text(args, { ...options, env: { ...options.env, ...FALLBACK_IDENTITY } });
    }
  }
  return {
    cwd,
    run,
    text,
    commit,
    async start(args, options = {}) {
      const where = options.cwd ?? cwd;
      try {
        return await startChild("git", [...CONFIGURATION, ...args], {
          cwd: where,
          env: options.env ? { ...env, ...options.env } : env,
          stdio: ["pipe", "pipe", "pipe"],
        });
      } catch (error) {
        throw startFailure(error, where);
      }
    },
    in: (other) => bind(other, env),
  };
}

/** A terminal that is closed tells its processes more than once. */
const MOST_REPEATS = 3;
const STOPPING: readonly (string | null)[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGKILL"];
/** Commands that only read, or write objects that nothing names yet. */
const REPEATABLE: ReadonlySet<string | undefined> = new Set(
  "cat-file check-ignore cherry commit-tree diff diff-index diff-tree for-each-ref hash-object log ls-files ls-tree merge-base merge-tree rev-list rev-parse show-ref status symbolic-ref var write-tree".split(
    " ",
  ),
);

/** Of these, the ones that are kept from beginning by the lock of one that was killed. */
const LOCKING: ReadonlySet<string | undefined> = new Set(["symbolic-ref", "write-tree"]);

/**
 * What a terminal sends (a key, its own end) goes to git as well as to us, who may have caught it to bring something to its end; a kernel without memory kills
 * either of us. What git was asked then has to be asked again. Only where that changes nothing.
 */
function isStoppedAlone(args: readonly string[], { signal }: ChildResult): boolean {
  const command = commandOf(args);
  return STOPPING.includes(signal) && REPEATABLE.has(command) && !(signal === "SIGKILL" && LOCKING.has(command));
}

/** Begins steps anew that only all together can be repeated, where a signal ended git in one of them. @throws what `work` throws */
export async function untilUndisturbed<T>(work: () => Promise<T>): Promise<T> {
  for (let again = 0; ; again += 1) {
    try {
      return await work();
    } catch (error) {
      const signal = error instanceof IncrError && error.code === "git" ? (error.data["signal"] ?? null) : null;
      if (again === MOST_REPEATS || typeof signal !== "string" || !STOPPING.includes(signal)) throw error;
    }
  }
}

/** Behind settings and options of git itself. */
function commandOf(args: readonly string[]): string | undefined {
  return args.find((word, index) => !word.startsWith("-") && args[index - 1] !== "-c");
}

function startFailure(error: unknown, cwd: string): unknown {
  if (!(error instanceof ChildStartError)) return error;
  // spawn says ENOENT for a missing program and for a missing folder alike.
  return new IncrError("git", `git could not be started in ${cwd} (${error.errno})`, {
    hint: "check that git is installed and that the folder exists",
    cause: error,
  });
}

/** Advice, and what git says of its own dying. */
const NOISE = /^hint:|dumping crash report|^warning: die\(\) called many times/;

/** What to say if git refused because the repository belongs to another user; undefined if it did not. */
export function foreignOwner(stderr: string): { message: string; hint: string } | undefined {
  const folder = /detected dubious ownership in repository at '(.+)'/.exec(stderr)?.[1];
  if (folder === undefined) return undefined;
  return {
    message: `git does not trust ${folder}, which belongs to another user`,
    hint: `git config --global --add safe.directory '${folder}'`,
  };
}

function gitFailure(args: readonly string[], result: ChildResult, cwd: string): IncrError {
  const words = result.stderr
    .split("\n")
    .map((line) => line.replace(/^(fatal|error): /, "").trim())
    .filter((line) => line !== "" && !NOISE.test(line));
  const subject = commandOf(args) ?? "";
  const data = {
    args: [...args],
    cwd,
    exit_code: result.code,
    ...(result.signal === null ? {} : { signal: result.signal }),
    stderr: result.stderr.slice(0, 4000),
  };
  // A git that is killed leaves its locks behind, for ever.
  const lock = /^(?:fatal|error): .*Unable to create '(.+\.lock)': File exists/m.exec(result.stderr)?.[1];
  if (lock !== undefined) {
    const message = `git ${subject} did not get ${lock}, which another git holds, or left when it was killed`;
    return new IncrError("git", message, { hint: `wait for it to end; if there is none: rm '${lock}'`, data });
  }
  const foreign = foreignOwner(result.stderr);
  if (foreign !== undefined) return new IncrError("git", foreign.message, { hint: foreign.hint, data });
  const end = result.code === null ? `was ended by ${result.signal}` : `failed with ${result.code}`;
  return new IncrError("git", `git ${subject} ${end}${words.length > 0 ? `: ${words.slice(0, 3).join("; ")}` : ""}`, {
    data,
  });
}
