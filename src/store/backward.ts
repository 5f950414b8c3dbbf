/** Reading a file of lines from its end, so that what is recent is found without reading what is old. */
import { readSync } from "node:fs";

/** The first block is what a look at the last few lines needs; each further one is four times as long, up to the largest. */
const FIRST_BLOCK = 16 * 1024;
const LARGEST_BLOCK = 4 * 1024 * 1024;
const NEWLINE = 10;

export interface Block {
  /** Whole lines, each but the very last of the file certainly ending in a newline. */
  bytes: Buffer;
  /** Where in the file they begin. */
  offset: number;
}

/** The first `size` bytes of an open file as blocks of whole lines, the last block first. A file that is shorter is read as far as it goes. */
export function* blocksBackward(fd: number, size: number): Generator<Block> {
  let end = size;
  let length = FIRST_BLOCK;
  /** The beginning of a block is the rest of a line that begins in the block before it. */
  let rest: Buffer = Buffer.alloc(0);
  while (end > 0) {
    const start = Math.max(0, end - length);
    const bytes = Buffer.concat([readFully(fd, start, end - start), rest]);
    const firstLine = start === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
    if (firstLine > 0 || start === 0) {
      if (firstLine < bytes.length) yield { bytes: bytes.subarray(firstLine), offset: start + firstLine };
      rest = bytes.subarray(0, firstLine);
    } else {
      rest = bytes;
    }
    end = start;
    length = Math.min(length * 4, LARGEST_BLOCK);
  }
}

function readFully(fd: number, start: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, start + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
