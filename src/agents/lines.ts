import type { Readable } from "node:stream";

/** A line that is longer is told in pieces: nothing may fill our memory. */
const LONGEST = 32 * 1024 * 1024;

/** Tells each line of a stream, the last one too if it has no end. Resolves when the stream is over. */
export function tellLines(stream: Readable | null, tell: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    if (stream === null) return resolve();
    let rest: string[] = [];
    let length = 0;
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      const [first = "", ...more] = chunk.split("\n");
      rest.push(first);
      length += first.length;
      for (const line of more) {
        tell(rest.join("").replace(/\r$/, ""));
        rest = [line];
        length = line.length;
      }
      if (length > LONGEST) {
        tell(rest.join(""));
        rest = [];
        length = 0;
      }
    });
    stream.once("error", () => resolve());
    stream.once("close", () => {
      const last = rest.join("");
      if (last !== "") tell(last);
      resolve();
    });
  });
}
