/** Reading the log of an agent session, also while it is written. */
import type { LoggedEvent } from "../../domain/agent/event.ts";
import { recordKey } from "../../domain/records.ts";
import type { App } from "../app.ts";
import { requireAgentSession, type Wanted } from "./find.ts";
import { livenessOf } from "./list.ts";

export interface LogsRequest extends Wanted {
  /** Wait for more until the session has ended. */
  follow?: boolean;
  onEvent(event: LoggedEvent): void;
}

const POLL_MS = 150;

/** Tells every event in order. @throws IncrError `not_found`, `ambiguous`, `usage` */
export async function readAgentLogs(app: App, { follow = false, onEvent, ...wanted }: LogsRequest): Promise<void> {
  const session = await requireAgentSession(app, wanted);
  if (session.log === undefined) return;
  const log = (await app.agents()).log(session.log);
  const key = recordKey(session.repo, session.id);
  let from = 0;
  const readMore = () => {
    const { events, next } = log.read(from);
    from = next;
    for (const event of events) onEvent(event);
    return events.at(-1)?.type === "ended";
  };
  for (;;) {
    // First whether it has ended, then what it said: nothing is written after its end.
    const current = await app.store.read(async (tx) => await tx.find("opencode_sessions", key));
    const isOver = current?.status !== "active" || livenessOf(app, current) === "gone";
    const ended = readMore();
    if (!follow || (isOver && ended)) return;
    if (isOver) {
      // The last line comes right after the record.
      await app.pause(POLL_MS);
      readMore();
      return;
    }
    await app.pause(POLL_MS);
  }
}
