/** The store that keeps everything in `state.json`, `state.lock` and `history/` in one folder. */
import { join } from "node:path";
import type { Notify } from "../domain/notice.ts";
import { STATE_VERSION } from "../domain/records.ts";
import type { Store } from "../ports/store.ts";
import { commitState } from "./commit.ts";
import { openDocument, type JsonDocument } from "./document.ts";
import { openHistory, type History, type HistoryReport, type HistorySizes } from "./history.ts";
import { acceptState, emptyState, formatState, type LiveState } from "./state-file.ts";
import { openReader, openTransaction } from "./transaction.ts";
import { sight, stopwatchTime, type SystemTime } from "./unchanged.ts";

export interface JsonStoreOptions {
  /** The state folder; made, with mode 0700, when something is first written. */
  dir: string;
  /** False trades safety against power loss for speed. True by default. */
  fsync?: boolean;
  /** Hears when a lock takes long. */
  notify?: Notify;
  /** How long to wait for the lock, in ms; 30 000 by default. */
  lockTimeoutMs?: number;
  /** What this process says to those who wait for it: its command line. */
  holder?: string;
  now?: () => Date;
  /** The system's clock, whatever `now` says. */
  systemTime?: SystemTime;
}

export interface JsonStore extends Store {
  readonly dir: string;
  /** Reads all of history and reports the lines that every other reader skips. */
  checkHistory(): HistoryReport[];
}

/** The parts of a JSON store, for what is built on top of it. */
export interface StateFiles {
  document: JsonDocument<LiveState>;
  history: History;
}

/** Opens the store in `options.dir`; nothing is read or made until it is used. */
export function createJsonStore(options: JsonStoreOptions): JsonStore {
  return storeOn(options.dir, openStateFiles(options), options.systemTime);
}

/** The files behind a store, ready to be locked; nothing is read or made yet. */
export function openStateFiles(options: JsonStoreOptions): StateFiles {
  const now = options.now ?? (() => new Date());
  const fsync = options.fsync ?? true;
  const document = openDocument<LiveState>({
    path: join(options.dir, "state.json"),
    lockPath: join(options.dir, "state.lock"),
    lock: {
      holder: options.holder ?? "a program that uses the incr library",
      now,
      ...(options.notify === undefined ? {} : { notify: options.notify }),
      ...(options.lockTimeoutMs === undefined ? {} : { timeoutMs: options.lockTimeoutMs }),
    },
    accept: acceptState,
    empty: emptyState,
    format: formatState,
    newestVersion: STATE_VERSION,
    fsync,
    backup: true,
    repair: "incr doctor --fix",
  });
  return { document, history: openHistory(join(options.dir, "history"), { fsync, now }) };
}

/** The store port on those files. */
export function storeOn(
  dir: string,
  { document, history }: StateFiles,
  systemTime: SystemTime = stopwatchTime,
): JsonStore {
  const takeSnapshot = snapshotsOf(document, history, systemTime);
  return {
    dir,
    checkHistory: () => history.check(),
    transact: (decide) =>
      document.exclusively(async (held) => {
        const draft = copyOf(held.value);
        const { tx, isChanged } = openTransaction(draft, history, history.sizes);
        const result = await decide(tx);
        if (isChanged()) commitState(held, draft, history);
        return result;
      }),
    read: async (look) => {
      const { state, sizes } = takeSnapshot();
      return look(openReader(state, history, () => sizes));
    },
  };
}

/** Enough for the unlucky: a save falls into the few microseconds of one attempt now and then, into all of them never. */
const SNAPSHOT_ATTEMPTS = 20;

interface Snapshot {
  state: LiveState;
  sizes: HistorySizes;
}

/**
 * Takes the live file and the sizes of history at one moment. While the live file has not been replaced, all that can have been added to history are
 * records that it still holds, and those win; so sizes taken between two equal looks at the live file belong to it. For as long as it has not been
 * replaced it is not read again either: a command looks several times, and what it is given is never changed in place.
 */
function snapshotsOf(document: JsonDocument<LiveState>, history: History, systemTime: SystemTime): () => Snapshot {
  let last: { name: string; state: LiveState } | undefined;
  return () => {
    for (let attempt = 1; ; attempt += 1) {
      const { name, isSettled } = sight(document.path, systemTime);
      const state = last?.name === name ? last.state : document.read();
      const sizes = history.sizes();
      if (sight(document.path, systemTime).name === name || attempt === SNAPSHOT_ATTEMPTS) {
        last = isSettled ? { name, state } : undefined;
        return { state, sizes };
      }
    }
  };
}

/** A second set of maps over the same records, which are never changed in place. */
export function copyOf(state: LiveState): LiveState {
  const maps = Object.entries(state.records).map(([name, records]) => [name, new Map(records as Map<string, unknown>)]);
  return { others: state.others, records: Object.fromEntries(maps) as LiveState["records"] };
}
