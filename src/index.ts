/** The typed library: everything that another program may use of incr. What is not exported here may change at any time. */
import { findRepository } from "./git/repository.ts";
import { newStore as openStore, type StateStore, type StateStoreOptions } from "./store/state-api.ts";

/**
 * Opens the shared state in the folder `dir` (`~/.local/state/incr`, say); nothing is read or made until it is used. All paths inside one git repository,
 * its worktrees included, have one name unless `options.repoRoot` says otherwise.
 */
export function newStore(dir: string, options: StateStoreOptions = {}): StateStore {
  return openStore(dir, { repoRoot: async (path) => findRepository(path)?.root ?? path, ...options });
}

export { sanitizeRepoName } from "./domain/slug.ts";
export { ERRORS, EXIT_CODES, IncrError, type ErrorCode, type ErrorKind, type ErrorOptions } from "./domain/error.ts";
export { shortestUniquePrefixes } from "./domain/id.ts";
export type { Notice, Notify } from "./domain/notice.ts";
export {
  COLLECTIONS,
  STATE_VERSION,
  type AgentSession,
  type CollectionName,
  type Job,
  type RecordOf,
  type Repo,
  type Session,
  type State,
  type Workspace,
} from "./domain/records.ts";
export type { Holder, Lease, LeaseKind, ProcessIdentity } from "./domain/lease.ts";
export type { Todo } from "./domain/todo.ts";
export type { Entry, ListQuery, ReadTx, Store, Tx } from "./ports/store.ts";
export { createJsonStore, type JsonStore, type JsonStoreOptions } from "./store/json-store.ts";
export type { StateStore, StateStoreOptions };
