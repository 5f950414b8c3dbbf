/**
 * Consent: which configuration files may run commands. Approved is a content at a place, since the same `npm test` means something else in another
 * repository; so moving or copying a repository does not carry it along, and every edit asks again.
 */
import * as v from "valibot";
import { timeSchema } from "./schema.ts";

/** The user said yes to this content of the file. */
export const approvalSchema = v.object({
  /** Of the file's bytes, in hex. */
  sha256: v.string(),
  approved_at: timeSchema,
  /** What it runs, by key, for people who want to know what they approved. */
  commands: v.record(v.string(), v.array(v.string())),
});
export type Approval = v.InferOutput<typeof approvalSchema>;

/** The newest version of `trust.json` that this program knows; a file without `version` is version 1. */
export const TRUST_VERSION = 1;

/** The content of `trust.json`. */
export const trustSchema = v.object({
  version: v.optional(v.number()),
  /** By absolute path of the file; the newest approval first. Several, so that going back and forth between two branches does not ask each time. */
  files: v.record(v.string(), v.array(approvalSchema)),
});
export type Trust = v.InferOutput<typeof trustSchema>;

/** Contents of one file that stay approved. */
const MAX_APPROVALS = 10;

/** The approval of exactly this content of this file. */
export function findApproval(trust: Trust, file: { path: string; sha256: string }): Approval | undefined {
  return approvalsOf(trust, file.path).find(({ sha256 }) => sha256 === file.sha256);
}

/** Everything that was approved of the file at `path`, the newest first. */
export function approvalsOf(trust: Trust, path: string): Approval[] {
  return Object.hasOwn(trust.files, path) ? (trust.files[path] ?? []) : [];
}

/** @param now ISO time */
export function approve(
  trust: Trust,
  file: { path: string; sha256: string; commands: Readonly<Record<string, string[]>> },
  now: string,
): Trust {
  const earlier = approvalsOf(trust, file.path).filter(({ sha256 }) => sha256 !== file.sha256);
  const approval: Approval = { sha256: file.sha256, approved_at: now, commands: { ...file.commands } };
  return { ...trust, files: { ...trust.files, [file.path]: [approval, ...earlier].slice(0, MAX_APPROVALS) } };
}

/** Takes back every approval of the file at `path`. */
export function revoke(trust: Trust, path: string): Trust {
  return { ...trust, files: Object.fromEntries(Object.entries(trust.files).filter(([other]) => other !== path)) };
}
