/** Workstreams as files of the main checkout, under `work/`. */
import type { Agent, AgentsFile } from "../domain/stream/agents.ts";
import type { StreamEntry, StreamIndex } from "../domain/stream/index-record.ts";
import type { TasksFile } from "../domain/stream/tasks/record.ts";

export interface Streams {
  /** The folder that has `work/`, or is going to have it. */
  readonly root: string;
  /** As of now, without any lock. Errors: `corrupt`, `newer_state`, `io`. */
  readIndex(): StreamIndex;
  /** Reads, decides and saves, alone. Errors: those of reading, `busy`, and what `decide` throws. */
  changeIndex<R>(decide: (index: StreamIndex) => { value?: StreamIndex; result: R }): Promise<R>;
  /**
   * Gives a damaged index a second name and puts another in its place. Gives that name, absolute; null if it can be read by now. Errors: `newer_state`, `busy`,
   * `io`, and what `make` throws. @param make from the damaged text
   */
  mendIndex(now: Date, make: (damaged: string) => StreamIndex): Promise<string | null>;
  /** Names of the folders in `work/`. */
  folders(): string[];
  /** Makes the folder of a new stream with its PLAN.md. Errors: `io`, also if it is there. */
  makeStream(id: string, plan: string): void;
  open(stream: StreamEntry): StreamFiles;
  /** Null if there is no `work/agents.yaml`. Errors: `corrupt`, `io`. */
  readAgents(): Promise<AgentsFile | null>;
  /** Adds an agent, or replaces the one of that name; comments and other entries stay as they are. */
  putAgent(agent: Agent): Promise<void>;
  /** False if there is none of that name. */
  removeAgent(name: string): Promise<boolean>;
  /** Whether there is a file or folder at a path that is relative to the root. */
  exists(path: string): boolean;
  /** Text of a file, relative to `folder`. Errors: `not_found`, `corrupt` if it is not UTF-8, `io`. */
  readFile(folder: string, path: string): string;
  /** SHA-256 in hex. */
  hash(text: string): string;
}

/** `prompts/01.02.03.md` and the others are named relative to the stream's folder. */
export interface StreamFiles {
  /** Absolute path of the folder. */
  readonly path: string;
  /** Text of a file; null if there is none. Errors: `corrupt` if it is not UTF-8, `io`. */
  read(file: string): string | null;
  /** What `make` makes of `text`, the text of `file`, with what JSON keeps of it: perhaps made by an earlier command, of the same text. */
  recall<T>(file: string, text: string, make: (text: string) => T): T;
  /** Tasks as of now, without any lock; null if there is no tasks.json. Errors: `corrupt`, `newer_state`, `io`. */
  readTasks(): TasksFile | null;
  /** As `mendIndex`, for tasks.json. */
  mendTasks(now: Date, make: (damaged: string) => TasksFile): Promise<string | null>;
  /** Changes the tasks as `carryOut` says, for this caller and all others of this process that want to meanwhile. Errors: as of `exclusively`, and what `carryOut` throws. */
  changeTogether<A>(carryOut: (tasks: TasksFile | null) => TasksChange<A>): Promise<A>;
  /** Runs `work` alone among all that change this stream; `tasks` is null if there is no file. Errors: as of reading, and `busy`. */
  exclusively<R>(work: (held: HeldStream) => R | Promise<R>): Promise<R>;
}

/** What a change of tasks makes of them. */
export interface TasksChange<A> {
  tasks: TasksFile;
  /** What whoever wanted the change gets. */
  answer: A;
}

export interface HeldStream {
  readonly tasks: TasksFile | null;
  /** Nothing is written if nothing changed. */
  saveTasks(tasks: TasksFile): void;
  /** Whole or not at all; mode and symbolic link of a file that is there stay. Nothing is written if nothing changed. */
  write(file: string, text: string): void;
  /** Many files that can be made again from others: whole or not at all each, and not waited for until they are on the disk. */
  writeDerived(files: ReadonlyMap<string, string>): void;
}
