/** One transaction, or one look, at the records: the live ones in memory, the finished ones in history behind them. */
import { IncrError } from "../domain/error.ts";
import { isLive, type CollectionName, type HistoryCollection, type RecordOf } from "../domain/records.ts";
import type { Entry, ListQuery, ReadTx, Tx } from "../ports/store.ts";
import { endOf } from "./history-lines.ts";
import type { History, HistorySizes } from "./history.ts";
import { copyJson, freezeJson, sameJson } from "./same-json.ts";
import { acceptRecord, isHistoryCollection, type LiveState } from "./state-file.ts";

/** A transaction on `state`, which it changes. `isChanged` tells whether there is anything to save. */
export function openTransaction(
  state: LiveState,
  history: History,
  sizes: () => HistorySizes,
): { tx: Tx; isChanged: () => boolean } {
  let changed = false;
  const reader = openReader(state, history, sizes);
  const recordsOf = <C extends CollectionName>(collection: C) => state.records[collection] as Map<string, RecordOf<C>>;

  async function put<C extends CollectionName>(collection: C, key: string, record: RecordOf<C>): Promise<void> {
    const accepted = acceptRecord(collection, key, copyJson(record));
    if (!accepted.ok) {
      throw new IncrError("invalid_input", `${accepted.issue.path} ${accepted.issue.message}`, {
        data: { ...accepted.issue },
      });
    }
    const before =
      recordsOf(collection).get(key) ??
      (isLive(collection, accepted.value) ? undefined : await reader.find(collection, key));
    if (before !== undefined && sameJson(before, accepted.value)) return;
    recordsOf(collection).set(key, accepted.value);
    changed = true;
  }

  async function remove<C extends CollectionName>(collection: C, key: string): Promise<void> {
    if (recordsOf(collection).delete(key)) changed = true;
  }

  return { tx: { ...reader, put, remove }, isChanged: () => changed };
}

/** Looks at `state` and, for what is finished, at as much of history as `sizes` tells. What it gives out is read-only. */
export function openReader(state: LiveState, history: History, sizes: () => HistorySizes): ReadTx {
  const recordsOf = <C extends CollectionName>(collection: C) => state.records[collection] as Map<string, RecordOf<C>>;

  function listHistory<C extends HistoryCollection>(collection: C, query: ListQuery): Entry<C>[] {
    const live = recordsOf(collection);
    const wanted = keyFilter(query);
    const lines = history.list(
      collection,
      {
        ...(query.finishedSince === "ever" ? {} : { since: isoTime(query.finishedSince) }),
        wants: (key) => !live.has(key) && wanted(key),
        where: query.where ?? {},
      },
      sizes(),
    );
    return lines.map(({ key, record }) => ({ key, record }));
  }

  return {
    async find(collection, key) {
      const live = recordsOf(collection).get(key);
      if (live !== undefined) return freezeJson(live);
      return isHistoryCollection(collection) ? history.find(collection, key, sizes()) : undefined;
    },
    async list<C extends CollectionName>(collection: C, query: ListQuery = {}) {
      const wanted = keyFilter(query);
      const entries: Entry<C>[] = [];
      for (const [key, record] of recordsOf(collection)) {
        if (wanted(key) && fits(record, query)) entries.push({ key, record: freezeJson(record) });
      }
      const live = entries.filter(({ record }) => isLive(collection, record));
      live.sort((a, b) => (a.key < b.key ? -1 : 1));
      if (query.finishedSince === undefined || !isHistoryCollection(collection)) return live;
      const finished = entries.filter(
        ({ record }) => !isLive(collection, record) && endedSince(record, query.finishedSince),
      );
      finished.push(...(listHistory(collection, query) as unknown as Entry<C>[]));
      return [...live, ...finished.toSorted((a, b) => endOf(b.record as never) - endOf(a.record as never))];
    },
  };
}

function keyFilter(query: ListQuery): (key: string) => boolean {
  const start = query.repo === undefined ? "" : `${query.repo}/`;
  const prefix = query.idPrefix?.toLowerCase();
  return (key) => {
    if (!key.startsWith(start) && key !== query.repo) return false;
    return (
      prefix === undefined ||
      key
        .slice(key.indexOf("/") + 1)
        .toLowerCase()
        .startsWith(prefix)
    );
  };
}

function fits(record: object, query: ListQuery): boolean {
  return Object.entries(query.where ?? {}).every(
    ([name, value]) => (record as Record<string, unknown>)[name] === value,
  );
}

function endedSince(record: object, since: string | undefined): boolean {
  return since === "ever" || endOf(record as never) >= Date.parse(since ?? "");
}

function isoTime(text: string | undefined): string {
  return new Date(text ?? "").toISOString();
}
