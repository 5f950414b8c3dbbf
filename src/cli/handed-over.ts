/** What others have put down for this process to carry out, as `scripts/handover.cjs` does it before anything of the program is loaded. */
import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  unlinkSync,
  writeSync,
  type Stats,
} from "node:fs";
import { join } from "node:path";
import type { Environment } from "./context.ts";

/** What the launcher says of the process that leads. */
export interface Lead {
  /** Where requests are put down. */
  folder: string;
  /** The name in it of the symbolic link that says who leads. */
  link: string;
  /** What the link says while it is us. */
  me: string;
}

export interface HandedOver {
  argv: string[];
  /** The path of the program that was typed. */
  program: string;
  cwd: string;
  env: Environment;
  /** Whether stdout and stderr are. */
  terminals: [boolean, boolean];
  /** To be called once. What was not done is done by whoever handed it over, who then says why it cannot be. */
  answer(outcome: { done: true; stdout: string; stderr: string } | { done: false }): void;
}

/** What a killed process leaves is removed after this many ms: nobody asks, or leads, for that long. */
const OLD = 3_600_000;
/** Each that is not answered yet keeps a descriptor open, of which we need some for our own work. More are left to the next round. */
const MOST_UNANSWERED = 64;

export interface Requests {
  take(): HandedOver[];
  /** From then on nobody puts down anything for us any more. */
  end(): void;
}

/** The requests for us. */
export function openRequests({ folder, link, me }: Lead): Requests {
  let unanswered = 0;
  let isSwept = false;
  return {
    take() {
      const taken: HandedOver[] = [];
      for (const name of list(folder)) {
        const file = join(folder, name);
        if (!name.startsWith(`${link}.${me}.`)) {
          if (!isSwept) sweep(file);
        } else if (unanswered < MOST_UNANSWERED) {
          const request = take(file, () => (unanswered -= 1));
          if (request === undefined) continue;
          unanswered += 1;
          taken.push(request);
        }
      }
      isSwept = true;
      return taken;
    },
    end() {
      const path = join(folder, link);
      if (readLink(path) === me) remove(path);
    },
  };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Takes a request if it is one, whole and ours. Removing its name is how it is taken, and taken back, so that both cannot happen. The answer goes into the file,
 * which whoever waits for it has open.
 * @param onAnswer called before the answer is given
 */
function take(path: string, onAnswer: () => void): HandedOver | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r+");
    const own = fd;
    const stat = fstatSync(own);
    const text = readFileSync(own, "utf8");
    const request: unknown = text.endsWith("\n") ? JSON.parse(text) : undefined;
    if (isRequest(request) && isOurs(stat) && remove(path)) {
      const answer: HandedOver["answer"] = (outcome) => {
        onAnswer();
        writeAnswer(own, `${JSON.stringify(outcome)}\n`, stat.size);
      };
      return { ...request, answer };
    }
  } catch {
    // Its owner does it
  }
  if (fd !== undefined) close(fd);
  return undefined;
}

function isRequest(value: unknown): value is Omit<HandedOver, "answer"> {
  if (typeof value !== "object" || value === null) return false;
  const { argv, program, cwd, env, terminals } = value as Partial<HandedOver>;
  if (!Array.isArray(argv) || !Array.isArray(terminals)) return false;
  return [program, cwd, ...argv].every((text) => typeof text === "string") && typeof env === "object" && env !== null;
}

/** What others could have written is never carried out as us. */
function isOurs({ uid, mode }: Stats): boolean {
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

function writeAnswer(fd: number, line: string, offset: number): void {
  try {
    writeSync(fd, line, offset);
  } catch {
    // The disk is full: whoever hears nothing does it again when we are gone
  }
  close(fd);
}

/** Some file systems say only now that what was written is lost. */
function close(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // As above
  }
}

function sweep(path: string): void {
  try {
    if (Date.now() - lstatSync(path).mtimeMs > OLD) unlinkSync(path);
  } catch {
    // Somebody else has
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** False if it was not there. */
function remove(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}
