/** The state as a plain value, `State`, and the way back from it to what the file holds. */
import { STATE_VERSION, type State } from "../domain/records.ts";
import { copyJson } from "./same-json.ts";
import { COLLECTION_NAMES, formatState, isCollection, type LiveState } from "./state-file.ts";

/** Says, on a state that was loaded, what the file held then. A symbol is copied by a spread and unseen by JSON. */
const LOADED = Symbol("content of the file when this state was loaded");
type Marked = State & { [LOADED]?: string };

/** A copy of what the file holds, the caller's own to change. */
export function toState(live: LiveState): State {
  const collections = COLLECTION_NAMES.map((name) => [
    name,
    Object.fromEntries(live.records[name] as Map<string, unknown>),
  ]);
  const plain = { version: STATE_VERSION, ...live.others, ...Object.fromEntries(collections) } as State;
  return markLoaded(copyJson(plain), live);
}

/** Notes on `state` that it agrees with what the file holds. */
export function markLoaded(state: State, live: LiveState): State {
  (state as Marked)[LOADED] = formatState(live);
  return state;
}

/** Whether the file still holds what it held when `state` was loaded; a state that was never loaded agrees with no file only. */
export function isCurrent(state: State, live: LiveState, fileExists: boolean): boolean {
  const loaded = (state as Marked)[LOADED];
  return loaded === undefined ? !fileExists : loaded === formatState(live);
}

/** The top-level keys of a state that are not ours, and its collections; a collection that is missing is empty. */
export function takeApart(state: State): { others: Record<string, unknown>; collections: Omit<State, "version"> } {
  const others = Object.entries(state).filter(([name]) => !isCollection(name) && name !== "version");
  const collections = COLLECTION_NAMES.map((name) => [name, state[name] ?? {}]);
  return {
    others: copyJson(Object.fromEntries(others)),
    collections: Object.fromEntries(collections) as Omit<State, "version">,
  };
}
