/** The write path of the state: what is finished goes to history first, then the live file is saved without it. */
import { isLive, type CollectionName, type HistoryCollection } from "../domain/records.ts";
import { fault } from "../process/fault.ts";
import type { HeldDocument } from "./document.ts";
import type { History } from "./history.ts";
import { isHistoryCollection, mapCollections, type LiveState } from "./state-file.ts";

/**
 * Saves `next` in place of `held.value` and gives what is in the file then. Only records that the file already has go to history; one that is put in
 * finished stays in the file until the next save. So a crash or an error after the append changes nothing (the live record wins), and all of a save
 * becomes visible with one rename.
 */
export function commitState(held: HeldDocument<LiveState>, next: LiveState, history: History): LiveState {
  const records = mapCollections((name) => {
    const { staying, leaving } = split(name, held.value.records[name], next.records[name]);
    if (leaving.size > 0) history.append(name as HistoryCollection, leaving as never);
    return staying;
  });
  fault("store:after-history");
  const saved = { others: next.others, records };
  held.save(saved);
  return saved;
}

/** What of a collection stays in the live file, and what leaves it for history. */
function split(name: CollectionName, before: Map<string, unknown>, after: Map<string, unknown>) {
  const leaving = new Map<string, unknown>();
  if (!isHistoryCollection(name)) return { staying: after, leaving };
  const staying = new Map<string, unknown>();
  for (const [key, record] of after) {
    (!isLive(name, record as never) && before.has(key) ? leaving : staying).set(key, record);
  }
  return { staying, leaving };
}
