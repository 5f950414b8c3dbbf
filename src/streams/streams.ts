/** Workstreams as files. Locks are taken in one order: a stream's, then that of the index. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { IncrError } from "../domain/error.ts";
import { readStreamIndex, type StreamEntry, type StreamIndex } from "../domain/stream/index-record.ts";
import { emptyTasksFile } from "../domain/stream/tasks/change.ts";
import { readTasksFile, type TasksFile } from "../domain/stream/tasks/record.ts";
import type { StreamFiles, Streams } from "../ports/streams.ts";
import { replaceFile } from "../store/atomic-file.ts";
import { changeTogether } from "../store/change-together.ts";
import { openDocument } from "../store/document.ts";
import { ioError, isSystemError, orIoError } from "../store/io-error.ts";
import type { LockOptions } from "../store/lock.ts";
import { mendDocument } from "./mend.ts";
import { sameJson } from "../store/same-json.ts";
import { readUnchanged, stopwatchTime, type SystemTime } from "../store/unchanged.ts";
import type { Memory } from "./memory.ts";
import { putAgentYaml, readAgentsYaml, removeAgentYaml } from "./agents-file.ts";
import { readTextFile } from "./text-file.ts";

export interface StreamsOptions {
  /** See `findStreamsRoot`. */
  root: string;
  /** For those who wait for a lock of ours. */
  lock: Pick<LockOptions, "holder" | "notify" | "timeoutMs">;
  systemTime?: SystemTime;
  /** By default nothing is remembered from one command to the next. */
  memory?: Memory;
}

const IGNORED = `# Locks and unfinished writes. Plans, tasks and prompts are yours to commit or to ignore.
.*.lock
.*.tmp
`;

/** Nothing is read or made until it is used. */
export function openStreams({
  root,
  lock: named,
  systemTime = stopwatchTime,
  memory = FORGETFUL,
}: StreamsOptions): Streams {
  const folder = join(root, "work");
  // Files in a repository belong to whoever may use the repository
  const lock: LockOptions = { ...named, mode: 0o666, folderMode: 0o777 };
  const agents = { path: join(folder, "agents.yaml"), lockPath: join(folder, ".agents.lock") };
  const index = openDocument<StreamIndex>({
    path: join(folder, "index.json"),
    lockPath: join(folder, ".index.lock"),
    lock,
    accept: readStreamIndex,
    empty: () => ({ version: "1.0.0", streams: [] }),
    newestVersion: 1,
    mode: "keep",
    repair: "incr doctor --fix",
  });
  const opened = new Map<string, StreamFiles>();
  return {
    root,
    readIndex: readUnchanged(index.path, systemTime, () => index.read()),
    async changeIndex(decide) {
      makeWorkFolder(folder);
      return await index.update(decide);
    },
    mendIndex: async (now, make) =>
      await mendDocument(index, { lockPath: join(folder, ".index.lock"), lock }, now, make),
    folders: () => listFolders(folder),
    makeStream(id, plan) {
      const path = join(folder, id);
      orIoError(`make ${path}`, path, () => mkdirSync(path));
      replaceFile(join(path, "PLAN.md"), plan, { mode: "keep", fsync: true });
    },
    open(stream) {
      const path = streamFolder(root, stream);
      const files = opened.get(path) ?? openStream(path, stream, { lock, systemTime, memory });
      opened.set(path, files);
      return files;
    },
    readAgents: () => readAgentsYaml(agents.path),
    async putAgent(agent) {
      makeWorkFolder(folder);
      await putAgentYaml(agents.path, agents.lockPath, lock, agent);
    },
    removeAgent: (name) => removeAgentYaml(agents.path, agents.lockPath, lock, name),
    exists: (path) => existsSync(resolve(root, path)),
    readFile(from, path) {
      const text = readTextFile(resolve(from, path));
      if (text !== null) return text;
      throw new IncrError("not_found", `there is no file ${path}`, { hint: `ls ${dirname(path)}`, data: { path } });
    },
    hash,
  };
}

const FORGETFUL: Memory = { recall: (_name, text, make) => make(text) };

function hash(text: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex");
}

function openStream(
  path: string,
  stream: StreamEntry,
  { lock, systemTime, memory }: { lock: LockOptions; systemTime: SystemTime; memory: Memory },
): StreamFiles {
  const document = openDocument<TasksFile | null>({
    path: join(path, "tasks.json"),
    lockPath: join(path, ".tasks.lock"),
    lock,
    accept: readTasksFile,
    empty: () => null,
    newestVersion: 1,
    mode: "keep",
    repair: "incr doctor --fix",
  });
  return {
    path,
    read: (file) => readTextFile(join(path, file)),
    recall: (file, text, make) => memory.recall(join(path, file), text, make),
    readTasks: readUnchanged(document.path, systemTime, () => document.read()),
    mendTasks: async (now, make) =>
      await mendDocument(document, { lockPath: join(path, ".tasks.lock"), lock }, now, make),
    async changeTogether(carryOut) {
      requireFolder(path, stream);
      return await changeTogether(document, (before) => {
        const { tasks: changed, answer } = carryOut(before);
        return { value: { ...emptyTasksFile(stream.id), ...changed }, answer };
      });
    },
    async exclusively(work) {
      requireFolder(path, stream);
      return await document.exclusively((held) =>
        work({
          tasks: held.value,
          saveTasks(tasks) {
            if (!sameJson(tasks, held.value)) held.save({ ...emptyTasksFile(stream.id), ...tasks });
          },
          write(file, text) {
            const target = join(path, file);
            if (readTextFile(target) !== text) replaceFile(target, text, { mode: "keep", fsync: true });
          },
          writeDerived: (files) => writeDerived(path, files),
        }),
      );
    },
  };
}

function requireFolder(path: string, { id }: StreamEntry): void {
  if (existsSync(path)) return;
  throw new IncrError("not_found", `the folder of workstream ${id} is gone: ${path}`, {
    hint: "work list --streams",
    data: { path },
  });
}

/** The folder that the index names, unless that leads out of the repository. */
function streamFolder(root: string, { id, path }: StreamEntry): string {
  const named = path === undefined ? undefined : resolve(root, path);
  const inside =
    named !== undefined && !/^\.\.(?:[/\\]|$)|^$/.test(relative(root, named)) && !isAbsolute(relative(root, named));
  if (inside) return named;
  if (/^[\w][\w.-]*$/.test(id)) return join(root, "work", id);
  throw new IncrError("corrupt", `work/index.json has a workstream whose id is no name of a folder: ${id}`, {
    hint: "mend work/index.json",
    data: { id },
  });
}

function writeDerived(path: string, files: ReadonlyMap<string, string>): void {
  for (const folder of new Set([...files.keys()].map((file) => dirname(join(path, file))))) {
    orIoError(`make ${folder}`, folder, () => mkdirSync(folder, { recursive: true }));
  }
  for (const [file, text] of files) replaceFile(join(path, file), text, { mode: "keep", fsync: false });
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw ioError(error, `read ${folder}`, folder);
  }
}

/** Our locks must not show up as the user's work; a folder that was there is theirs, and stays as it is. */
function makeWorkFolder(folder: string): void {
  if (existsSync(folder)) return;
  orIoError(`make ${folder}`, folder, () => mkdirSync(folder, { recursive: true }));
  const ignore = join(folder, ".gitignore");
  try {
    writeFileSync(ignore, IGNORED, { flag: "wx" });
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw ioError(error, `save ${ignore}`, ignore);
  }
}
