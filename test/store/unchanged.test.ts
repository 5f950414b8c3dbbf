import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { readUnchanged } from "../../src/store/unchanged.ts";
import { makeTempDir } from "../support/temp.ts";

let path: string;
let reads: number;

beforeEach(() => {
  path = join(makeTempDir(), "file");
  reads = 0;
});

const count = () => {
  reads += 1;
  return reads;
};
/** A clock by which all files here are old enough, or none. */
const later = () => Date.now() + 10_000;

test("a file that stays as it is is read once", () => {
  writeFileSync(path, "a");
  const read = readUnchanged(path, later, count);
  expect([read(), read(), read()]).toEqual([1, 1, 1]);
});

test("another one in its place is read, whatever it holds", () => {
  writeFileSync(path, "a");
  const read = readUnchanged(path, later, count);
  expect(read()).toBe(1);
  writeFileSync(`${path}.new`, "a");
  renameSync(`${path}.new`, path);
  expect([read(), read()]).toEqual([2, 2]);
});

test("one that came just now is read each time: its successor could look the same", () => {
  writeFileSync(path, "a");
  const read = readUnchanged(path, () => Date.now(), count);
  expect([read(), read()]).toEqual([1, 2]);
});

test("so is one that is not there, or that changes while it is read", () => {
  const missing = readUnchanged(path, later, count);
  expect([missing(), missing()]).toEqual([1, 2]);
  const changing = readUnchanged(path, later, () => {
    writeFileSync(path, "x".repeat(reads));
    return count();
  });
  expect([changing(), changing()]).toEqual([3, 4]);
});
