/** A folder with a journal, a clock that stands still between commands, and eyes for the journal's files. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runIncr, spawnIncr } from "../support/incr.ts";
import { runInside } from "../support/inside.ts";
import type { Environment, Finished, ProcessOptions, Running } from "../support/process.ts";
import { makeRepo, type RepoOptions, type TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";

export interface Desk {
  root: string;
  /** Environment of every command; `INCR_TEST_NOW` is the clock. */
  env: Environment;
  /** Sets the clock: `15:00` of 7 January 2026, UTC, or a whole ISO time. */
  at(time: string): Desk;
  run(args: readonly string[], options?: ProcessOptions): Promise<Finished>;
  /** Runs what must succeed, and returns its stdout without the last newline. */
  ok(args: readonly string[], options?: ProcessOptions): Promise<string>;
  /** Runs with `--json` what must succeed. */
  json<T = any>(args: readonly string[], options?: ProcessOptions): Promise<T>;
  /** Runs inside the test what must succeed: what a test begins with. */
  prepare(args: readonly string[]): Promise<void>;
  start(args: readonly string[], options?: ProcessOptions): Running;
  /** Content of a file of the folder, undefined if there is none. */
  read(file: string): string | undefined;
  write(file: string, text: string): void;
  state(): any;
  report(id: string): any;
  /** Names in a folder of the journal. */
  list(folder: string): string[];
  /** All daily logs as one text. */
  logs(): string;
  /** The same journal, seen from another folder. */
  in(folder: string): Desk;
}

/** A journal in a folder without git. */
export function plainDesk(): Desk {
  const dir = makeTempDir("incr-journal-");
  const own = makeTempDir("incr-own-");
  return desk(dir, dir, { INCR_STATE_DIR: join(own, "state"), INCR_DATA_DIR: join(own, "data") });
}

/** A journal in a repository. */
export async function repoDesk(options: RepoOptions = {}): Promise<Desk & { repo: TestRepo }> {
  const repo = await makeRepo(options);
  return Object.assign(desk(repo.root, repo.root, { ...repo.env }), { repo });
}

function desk(root: string, cwd: string, env: Environment): Desk {
  const path = (file: string) => join(root, file);
  const read = (file: string) => (existsSync(path(file)) ? readFileSync(path(file), "utf8") : undefined);
  const list = (folder: string) => (existsSync(path(folder)) ? readdirSync(path(folder)).toSorted() : []);
  const placed = (options: ProcessOptions = {}) => ({ cwd, ...options, env: { ...env, ...options.env } });
  const self: Desk = {
    root,
    env,
    at(time) {
      env["INCR_TEST_NOW"] = time.includes("T") ? time : `2026-01-07T${time}:00Z`;
      return self;
    },
    run: (args, options) => runIncr(args, placed(options)),
    async ok(args, options) {
      const result = await self.run(args, options);
      if (result.code !== 0) throw new Error(`incr ${args.join(" ")} ended with ${result.code}\n${result.stderr}`);
      return result.stdout.replace(/\n$/, "");
    },
    async json(args, options) {
      const result = await self.run([...args, "--json"], options);
      if (result.code !== 0) throw new Error(`incr ${args.join(" ")} ended with ${result.code}\n${result.stderr}`);
      return result.json();
    },
    async prepare(args) {
      const { code, stderr } = await runInside(args, { cwd, env });
      if (code !== 0) throw new Error(`incr ${args.join(" ")} ended with ${code}\n${stderr}`);
    },
    start: (args, options) => spawnIncr(args, placed(options)),
    read,
    write: (file, text) => writeFileSync(path(file), text),
    state: () => JSON.parse(read(".work-shell/state.json") ?? "null"),
    report: (id) => JSON.parse(read(`.work-shell/sessions/${id}.json`) ?? "null"),
    list,
    logs: () =>
      list(".work-shell/logs")
        .map((name) => read(`.work-shell/logs/${name}`))
        .join(""),
    in: (folder) => desk(root, folder, env),
  };
  return self;
}

/** A state without the keys that the documented format does not have. */
export function documented(state: any): any {
  const { version, current_session: current, last_session, pending_todos } = state;
  if (current === null) return { version, current_session: null, last_session, pending_todos };
  const { id, started, status, branch, quick_notes } = current;
  const notes = quick_notes.map(({ time, note }: any) => ({ time, note }));
  return { version, current_session: { id, started, status, branch, quick_notes: notes }, last_session, pending_todos };
}
