/** SQLite as node and bun bring it along. */
import { IncrError } from "../domain/error.ts";

/** What both have in common. */
export interface Database {
  exec(sql: string): unknown;
  close(): void;
}

export type OpenDatabase = (path: string) => Database;

/** The function that opens a database; an error of its `exec` is told apart by `isLocked`. @throws IncrError `io` where there is no SQLite */
export async function loadSqlite(): Promise<OpenDatabase> {
  if (process.versions["bun"] !== undefined) {
    // Older than bun's `node:sqlite`. A name in a variable, since only bun can resolve it.
    const name = "bun:sqlite";
    const { Database } = (await import(name)) as { Database: new (path: string) => Database };
    return (path) => new Database(path);
  }
  const { DatabaseSync } = loadQuietly() ?? {};
  if (DatabaseSync !== undefined) return (path) => new DatabaseSync(path);
  throw new IncrError("io", `this Node (${process.version}) has no SQLite, through which the scripts lock`, {
    hint: "use bun, or Node 22.18 or newer",
  });
}

/** Whether another connection, or another program, holds the lock: SQLITE_BUSY, with or without details in the upper bits. */
export function isLocked(error: unknown): boolean {
  const { errcode, errno = errcode } = error as { errcode?: unknown; errno?: unknown };
  return typeof errno === "number" && (errno & 0xff) === 5;
}

interface NodeSqlite {
  DatabaseSync: new (path: string) => Database;
}

/** Node 22 announces its SQLite as experimental; what is used here has not changed since. */
function loadQuietly(): NodeSqlite | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:sqlite") as NodeSqlite | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}
