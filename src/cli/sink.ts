/** Where bytes go. Writing straight to the descriptor spares the start of Node's stream and terminal modules, a tenth of the whole start-up time. */
import { fstatSync, writeSync } from "node:fs";

export interface Sink {
  write(chunk: string | Uint8Array): void;
  /** Resolves when everything is written, or the reader has gone. */
  flush(): Promise<void>;
}

/** A sink on a file descriptor. A reader that goes away (`| head`) ends the output quietly, not the work that is being done. */
export function descriptorSink(fd: 1 | 2): Sink {
  let gone = false;
  /** Set once the descriptor turned out to be non-blocking and full: from then on Node's own stream waits for it. */
  let stream: NodeJS.WriteStream | undefined;
  let pending: Promise<void> = Promise.resolve();

  const writeLater = (bytes: Uint8Array) => {
    const target = (stream ??= openStream(fd));
    pending = pending.then(() => new Promise((resolve) => void target.write(bytes, () => resolve())));
  };

  return {
    write(chunk) {
      if (gone) return;
      let bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      if (stream !== undefined) return writeLater(bytes);
      while (bytes.length > 0) {
        try {
          bytes = bytes.subarray(writeSync(fd, bytes));
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          if (code === "EINTR") continue;
          if (code === "EAGAIN") return writeLater(bytes);
          gone = true;
          // Nobody reads any more, or the terminal was taken away. Without a working stderr there is nobody to tell either.
          if (code === "EPIPE" || (code === "EIO" && isDevice(fd)) || fd === 2) return;
          throw error;
        }
      }
    },
    flush: () => pending,
  };
}

/** An error of a disk is another matter. */
function isDevice(fd: 1 | 2): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return true;
  }
}

function openStream(fd: 1 | 2): NodeJS.WriteStream {
  const stream = fd === 1 ? process.stdout : process.stderr;
  stream.on("error", () => {});
  return stream;
}
