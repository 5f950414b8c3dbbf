/** Workflows as files: `ia/state/sessions/<name>.json`, with archives in `archives/` and a lock `.<name>.lock` beside each. */
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Notify } from "../domain/notice.ts";
import { readWorkflow, type WorkflowState } from "../domain/workflow.ts";
import { nameProblem } from "../domain/workflow-name.ts";
import type { HeldWorkflow, Workflows } from "../ports/workflows.ts";
import { syncFolder } from "../store/atomic-file.ts";
import { openDocument, type HeldDocument } from "../store/document.ts";
import { ioError, isSystemError, orIoError } from "../store/io-error.ts";
import { withLock, type LockOptions } from "../store/lock.ts";
import { createFile } from "./new-file.ts";

export interface WorkflowsOptions {
  /** The folder that has, or is going to have, `ia/state`: see `findWorkflowRoot`. */
  root: string;
  notify: Notify;
}

const IGNORED = `# Locks and unfinished writes. The states and archives are yours to commit or to ignore.
.*.lock
.*.tmp
`;

/** Nothing is read or made until it is used. */
export function openWorkflows({ root, notify }: WorkflowsOptions): Workflows {
  const folder = join(root, "ia", "state", "sessions");
  const archives = join(folder, "archives");
  const statePath = (workflow: string) => join(folder, `${workflow}.json`);
  const lockPath = (workflow: string) => join(folder, `.${workflow}.lock`);
  // SQLite locks the same file for the scripts, and takes one with text in it for a broken database: so no holder's name
  const lock: LockOptions = { holder: "", nameHolder: false, mode: 0o666, folderMode: 0o777, notify };

  const openState = (workflow: string) =>
    openDocument<WorkflowState | null>({
      path: statePath(workflow),
      lockPath: lockPath(workflow),
      lock,
      accept: readWorkflow,
      empty: () => null,
      mode: "keep",
    });

  const removeState = (workflow: string) => {
    const removed = removeFile(statePath(workflow));
    if (removed) syncFolder(folder);
    return removed;
  };

  const hold = (workflow: string, document: HeldDocument<WorkflowState | null>): HeldWorkflow => ({
    state: document.value,
    write: (state) => {
      if (JSON.stringify(state) !== JSON.stringify(document.value)) document.save(state);
    },
    remove: () => void removeState(workflow),
    createArchive(file, text) {
      makeFolder(archives);
      return createFile(join(archives, file), text, join(archives, `${workflow}.md`));
    },
  });

  return {
    names: () => listNames(folder),
    read: (workflow) => openState(workflow).read(),
    readArchive: (file) => readArchive(join(archives, file)),
    hasArchive: (file) => existsSync(join(archives, file)),
    archivePath: (file) => join(archives, file),
    async exclusively(workflow, work) {
      makeSessionsFolder(folder);
      return await openState(workflow).exclusively((document) => work(hold(workflow, document)));
    },
    async discard(workflow) {
      // Without the lock, whose file would be all that is left of removing nothing
      if (!existsSync(statePath(workflow))) return false;
      return await withLock(lockPath(workflow), lock, () => removeState(workflow));
    },
  };
}

function listNames(folder: string): string[] {
  const files = orIoError(`read ${folder}`, folder, () => {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
      throw error;
    }
  });
  return files
    .filter((file) => file.name.endsWith(".json") && !file.isDirectory())
    .map(({ name }) => name.slice(0, -".json".length))
    .filter((name) => nameProblem(name) === undefined)
    .toSorted();
}

function readArchive(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR", "EISDIR")) return null;
    throw ioError(error, `read ${path}`, path);
  }
}

function removeFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw ioError(error, `remove ${path}`, path);
  }
}

/** Our locks and unfinished writes must not show up as the user's work; a folder that was there is theirs, and stays as it is. */
function makeSessionsFolder(folder: string): void {
  if (!makeFolder(folder)) return;
  const ignore = join(folder, ".gitignore");
  try {
    writeFileSync(ignore, IGNORED, { flag: "wx" });
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw ioError(error, `save ${ignore}`, ignore);
  }
}

/** Makes a folder, durably, with those above it; false if it was there. */
function makeFolder(folder: string): boolean {
  if (existsSync(folder)) return false;
  const first = orIoError(`make ${folder}`, folder, () => mkdirSync(folder, { recursive: true }));
  if (first === undefined) return false;
  orIoError(`make ${folder} durable`, folder, () => {
    for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made));
  });
  return true;
}
