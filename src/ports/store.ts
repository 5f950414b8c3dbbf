/** What the use-cases need of a state backend. Every backend passes `test/store/conformance.ts`. */
import type { CollectionName, RecordOf } from "../domain/records.ts";

export interface ListQuery {
  /** Only records of this repository. */
  repo?: string;
  /** Absent: live records only. A time (ISO): finished ones that ended at or after it too. `"ever"`: all. */
  finishedSince?: string | "ever";
  /** Only records whose id (or name) starts with this text, case-insensitive. */
  idPrefix?: string;
  /** Only records whose named string fields are exactly these. */
  where?: Record<string, string>;
}

export interface Entry<C extends CollectionName> {
  /** `<slug>` for repos, else `<slug>/<id-or-name>`. */
  key: string;
  record: RecordOf<C>;
}

export interface ReadTx {
  /** The live record, else the last one of history. */
  find<C extends CollectionName>(collection: C, key: string): Promise<RecordOf<C> | undefined>;
  /** Live records in key order, then finished ones, newest end first. A key appears once. */
  list<C extends CollectionName>(collection: C, query?: ListQuery): Promise<Entry<C>[]>;
}

export interface Tx extends ReadTx {
  /** Inserts or replaces. A finished record goes to history when the transaction commits; an active one is live again. */
  put<C extends CollectionName>(collection: C, key: string, record: RecordOf<C>): Promise<void>;
  /** Removes the live record; history is never rewritten. */
  remove<C extends CollectionName>(collection: C, key: string): Promise<void>;
}

export interface Store {
  /**
   * Runs `decide` alone: transactions are serializable. All of its changes are kept, durably, when the promise resolves; none if it rejects. `decide` must
   * do nothing but decide (no git, no processes, no prompts), and may be run again by a backend that retries.
   * Errors: `busy` (the lock timed out), `corrupt`, `newer_state`, `io`.
   */
  transact<T>(decide: (tx: Tx) => Promise<T>): Promise<T>;
  /** One consistent snapshot, without any lock and without writing. */
  read<T>(look: (tx: ReadTx) => Promise<T>): Promise<T>;
}
