/** The state as one value: the shared API's functions, for programs that use the library. The command line uses the store port. */
import { homedir } from "node:os";
import { IncrError } from "../domain/error.ts";
import type { CollectionName, RecordOf, State } from "../domain/records.ts";
import { expandHome, sanitizeRepoName } from "../domain/slug.ts";
import { commitState } from "./commit.ts";
import type { HeldDocument } from "./document.ts";
import { copyOf, openStateFiles, storeOn, type JsonStore, type JsonStoreOptions } from "./json-store.ts";
import { claimSlug, findSlug, findSourceOfWorkspace, realPath } from "./repo-names.ts";
import { sameJson } from "./same-json.ts";
import { COLLECTION_NAMES, type LiveState } from "./state-file.ts";
import { isCurrent, markLoaded, takeApart, toState } from "./state-value.ts";
import { openTransaction } from "./transaction.ts";

export { sanitizeRepoName };

export interface StateStoreOptions extends Omit<JsonStoreOptions, "dir"> {
  /** Gives the root of the main checkout for a path in a repository, so that one repository has one slug. By default a path is its own root. */
  repoRoot?: (path: string) => Promise<string>;
}

export interface StateStore {
  /** The same folder as a transactional store, which has history too. */
  readonly store: JsonStore;
  /** What `state.json` holds, to do with as you like: all that is live. Errors: `corrupt`, `newer_state`, `io`. */
  load(): Promise<State>;
  /**
   * Writes a state that came from `load`, or a `{...spread}` of it. Records that are finished move to history; the disk is not touched when nothing
   * changed. Errors: `conflict` if the state changed on disk since that load; `invalid_input`, `busy`, `corrupt`, `newer_state`, `io`.
   */
  save(state: State): Promise<void>;
  /**
   * Reads, changes and writes with the lock held. `change` alters the state in place or gives another one; when it throws, nothing changes. Resolves to
   * what `state.json` holds then. Errors: as `save`, without `conflict`.
   */
  update(change: (state: State) => State | void | Promise<State | void>): Promise<State>;
  /** The slug of the repository at `path`, which is given one if it has none: `users-test-app`, or `users-test-app-2` where that is taken. */
  getOrCreateRepoName(path: string): Promise<string>;
  /** The source path of the repository that the workspace at `wsPath`, or around it, belongs to; undefined if there is no such workspace. */
  repoPathForWorkspace(wsPath: string): Promise<string | undefined>;
}

/** Opens the state in the folder `dir`; nothing is read or made until it is used. */
export function newStore(dir: string, options: StateStoreOptions = {}): StateStore {
  const { document, history } = openStateFiles({ ...options, dir });
  const store = storeOn(dir, { document, history });

  /** Makes the file hold what `state` says: records that it lacks are removed. */
  async function replace(held: HeldDocument<LiveState>, state: State): Promise<LiveState> {
    const { others, collections } = takeApart(state);
    const draft = { ...copyOf(held.value), others };
    const { tx, isChanged } = openTransaction(draft, history, history.sizes);
    for (const name of COLLECTION_NAMES) {
      const given = Object.entries(collections[name]) as [string, RecordOf<CollectionName>][];
      const missing = [...held.value.records[name].keys()].filter((key) => !Object.hasOwn(collections[name], key));
      for (const key of missing) await tx.remove(name, key);
      for (const [key, record] of given) await tx.put(name, key, record);
    }
    return isChanged() || !sameJson(others, held.value.others) ? commitState(held, draft, history) : held.value;
  }

  return {
    store,
    load: async () => toState(document.read()),
    save: (state) =>
      document.exclusively(async (held) => {
        if (!isCurrent(state, held.value, held.exists)) throw conflict(document.path);
        markLoaded(state, await replace(held, state));
      }),
    update: (change) =>
      document.exclusively(async (held) => {
        const state = toState(held.value);
        return toState(await replace(held, (await change(state)) ?? state));
      }),
    getOrCreateRepoName: async (path) => {
      const real = realPath(expandHome(path, homedir()));
      const source = (await options.repoRoot?.(real)) ?? real;
      return (await store.read((tx) => findSlug(tx, source))) ?? store.transact((tx) => claimSlug(tx, source));
    },
    repoPathForWorkspace: (wsPath) => store.read((tx) => findSourceOfWorkspace(tx, wsPath)),
  };
}

function conflict(path: string): IncrError {
  return new IncrError("conflict", `${path} was changed by somebody else since it was loaded`, {
    hint: "load it again and repeat the change, or make the change with update()",
    data: { path },
  });
}
