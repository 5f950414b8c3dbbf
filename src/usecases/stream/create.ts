/** Making a workstream, and which one is current. */
import { IncrError } from "../../domain/error.ts";
import {
  kebabName,
  nextStreamNumber,
  requireStream,
  streamName,
  type StreamEntry,
} from "../../domain/stream/index-record.ts";
import { parsePlan } from "../../domain/stream/plan/parse.ts";
import { planTemplate } from "../../domain/stream/plan/template.ts";
import { openNamedStream, type StreamApp } from "./streams.ts";

interface CreateRequest {
  /** By default the title of the plan in `file`. */
  name?: string | undefined;
  /** Stages of the new plan. */
  stages: number;
  /** An existing plan, relative to the caller's folder. */
  file?: string | undefined;
}

interface CreatedStream {
  id: string;
  name: string;
  /** Absolute path of PLAN.md. */
  plan: string;
  current: boolean;
}

/** Number, folder and PLAN.md are one: of many at once each gets its own. @throws IncrError `invalid_input`, `not_found`, `busy`, `io` */
export async function createStream(app: StreamApp, { name, stages, file }: CreateRequest): Promise<CreatedStream> {
  const { streams } = app;
  const source = file === undefined ? undefined : streams.readFile(app.cwd, file);
  const title = name?.trim() ?? (source === undefined ? "" : (parsePlan(source).title ?? ""));
  if (title === "" || /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(title)) {
    const problem =
      name !== undefined
        ? "the name of a workstream is one line of text"
        : file === undefined
          ? "a workstream needs a name"
          : `${file} has no title that the workstream could be called by`;
    throw new IncrError("invalid_input", problem, {
      hint: `work create ${file === undefined ? "" : `--plan ${file} `}--name "Session tracking"`,
    });
  }
  const now = app.now().toISOString();
  return await streams.changeIndex((index) => {
    const number = nextStreamNumber(index, streams.folders());
    const id = `${String(number).padStart(3, "0")}-${kebabName(title)}`;
    streams.makeStream(id, source ?? planTemplate({ streamId: id, name: title, date: now.slice(0, 10), stages }));
    const entry: StreamEntry = { id, name: title, order: number, created_at: now, updated_at: now, path: `work/${id}` };
    const current = typeof index.current_stream === "string" && index.current_stream !== "" ? index.current_stream : id;
    const value = { ...index, last_updated: now, current_stream: current, streams: [...index.streams, entry] };
    const plan = `${streams.open(entry).path}/PLAN.md`;
    return { value, result: { id, name: title, plan, current: current === id } };
  });
}

interface CurrentStream {
  id: string;
  name: string;
}

/** The stream that is meant when none is named; with `set`, another one from now on. @throws IncrError `not_found`, `ambiguous`; `rule` if none is meant */
export async function currentStream(app: StreamApp, set: string | undefined): Promise<CurrentStream> {
  if (set === undefined) {
    const { entry } = openNamedStream(app, undefined);
    return { id: entry.id, name: streamName(entry) };
  }
  const { streams, now } = app;
  const { id } = requireStream(streams.readIndex(), set);
  return await streams.changeIndex((index) => {
    const entry = requireStream(index, id);
    const result = { id: entry.id, name: streamName(entry) };
    if (index.current_stream === entry.id) return { result };
    return { value: { ...index, current_stream: entry.id, last_updated: now().toISOString() }, result };
  });
}
